import type { ErrorCode } from '../../plugins/isobench/src/errors.ts'
import { Reason, hints, reasons } from '../../plugins/isobench/src/schema/outcome.ts'

/** What each error means and what helps; the compiler wants every code of `errors.ts` here. */
const codes: Record<ErrorCode, { means: string; helps: string }> = {
  'bad-input': {
    means: 'A settings file, a template or an argument is wrong.',
    helps: 'Edit it where the message says.',
  },
  'commit-not-found': {
    means: 'The repository has no such commit.',
    helps: 'Compare the hash in `commit.yaml` with the repository.',
  },
  'repository-unreachable': {
    means: 'The repository cannot be fetched.',
    helps: 'Check the address and the network, then run it again.',
  },
  'prerequisite-missing': {
    means: 'A program, a device or a sandbox that the stage needs is not there.',
    helps: 'Install what the message names.',
  },
  'credential-missing': {
    means: 'The environment variable that holds the key is not set.',
    helps: 'Set it in the shell or in `.env.local`.',
  },
  network: { means: 'A server could not be reached, or failed.', helps: 'Run it again.' },
  'rate-limited': {
    means: 'A server refused more requests, past the time allowed for waiting.',
    helps: 'Run it again later.',
  },
  'model-unusable': {
    means: 'The endpoint does not serve this model or this request.',
    helps: 'Edit `generation.yaml`.',
  },
  'answer-missing': {
    means: 'Only stored answers may be used (`ISOBENCH_ANSWERS=replay`), and there is none for this request.',
    helps: 'Run it with a key and without that variable, and commit the answers.',
  },
  'run-limit-reached': {
    means: 'The calls, tokens or money that `budget.yaml` allows for one Nx command are used up.',
    helps: 'Raise the limit or run it again; what was answered is kept.',
  },
  'device-busy': { means: 'Another process holds the device.', helps: 'Run it again when the device is free.' },
  'disk-full': {
    means: 'There is no space left on the disk of the store.',
    helps: 'Free some: `npx nx g nx-isobench:clean-store --budget GIB`, or set `ISOBENCH_STORE` to a larger disk.',
  },
  'corrupt-artifact': {
    means: 'The output of an earlier stage is damaged, or does not fit the others.',
    helps: 'Build it again: `npx nx reset`, then the target.',
  },
  interrupted: { means: 'A signal stopped the stage.', helps: 'Run it again.' },
}

/** `docs/outcomes.md`. */
export function outcomesDocument(): string {
  return `# Outcomes

What a retry or an edit could fix is an **error**: the task fails, nothing is cached, and the next run tries again. What
neither can fix is an **outcome**: the task succeeds and is cached, and its artifact says why there is no result. Each
stage after it is \`skipped\` with the same reason, the record's verdict is \`unmeasured\`, and the commit stays in the
denominator of every table.

## Outcomes

Each artifact has an \`outcome\` with \`status\` (\`ok\`, \`failed\`: this stage found the reason, \`skipped\`: an earlier stage
did), \`reason\`, \`side\` (\`base\` or \`head\`, where one is at fault) and \`message\` (one line for a person).

| reason | means | what an edit could change |
| --- | --- | --- |
${rows(Reason.options.map((reason) => [`\`${reason}\``, reasons[reason], hints[reason] ?? '–']))}

## Errors

An error prints one line that says what and where, then a hint.

| code | means | what helps |
| --- | --- | --- |
${rows(Object.entries(codes).map(([code, { means, helps }]) => [`\`${code}\``, means, helps]))}
`
}

function rows(cells: readonly (readonly string[])[]): string {
  return cells.map((row) => `| ${row.join(' | ')} |`).join('\n')
}
