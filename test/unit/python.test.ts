import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const harness = join(import.meta.dirname, '../../plugins/isobench/harness')
const tests = join(import.meta.dirname, '../python')

/** `python3`, and one of each later version that the harness has to run on, where a version manager has it. */
const versions = await readdir(join(homedir(), '.pyenv', 'versions')).catch(() => [])
const wanted = versions
  .filter((name) => /^3\.(9|1\d)\./.test(name))
  .map((name) => join(homedir(), '.pyenv', 'versions', name, 'bin', 'python3'))

test.each(['python3', ...wanted])('the Python tests pass on %s', async (python) => {
  const ended = await execa(python, ['-B', '-m', 'unittest', 'discover', '-s', tests], {
    env: { PYTHONPATH: harness },
    reject: false,
  })
  expect([ended.exitCode, ended.stderr.split('\n').at(-1)]).toEqual([0, expect.stringMatching(/^OK/)])
})
