const secretName = /(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL)/i
const shortest = 8

/** The text without the value of any environment variable whose name says that it is a secret. Nx stores what is printed. */
export function redact(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(environment)
    .filter(([name, value]) => secretName.test(name) && value !== undefined && value.length >= shortest)
    .reduce((rest, [name, value]) => rest.replaceAll(value!, `[${name}]`), text)
}
