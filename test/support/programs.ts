import { execa } from 'execa'

/** Programs that some tests need; where one is missing, they are skipped, and this says why. */
export const hasBubblewrap = await runs('bwrap', 'the tests of the sandbox need bubblewrap (Debian package bubblewrap)')
export const hasCompiler = await runs(
  'cc',
  'the tests of GPU drivers need a C compiler (Debian package build-essential)',
)

async function runs(program: string, otherwise: string): Promise<boolean> {
  const { exitCode } = await execa(program, ['--version'], { reject: false })
  if (exitCode !== 0) console.log(`skipped: ${otherwise}`)
  return exitCode === 0
}
