const secretName = /(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|WEBHOOK)/i
const shortest = 8

/** Values of the environment's variables whose names say that they are secret, by name. */
export function secretsOf(environment: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const entries = Object.entries(environment).filter(
    ([name, value]) => secretName.test(name) && value !== undefined && value.length >= shortest,
  )
  return new Map(entries as [string, string][])
}

/** The text without the value of any environment variable whose name says that it is a secret. Nx stores what is printed. */
export function redact(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return [...secretsOf(environment)].reduce((rest, [name, value]) => rest.replaceAll(value, `[${name}]`), text)
}
