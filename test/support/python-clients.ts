import { globSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, writeAtomically } from '../../plugins/isobench/src/adapters/files.ts'
import { holdingLock } from '../../plugins/isobench/src/adapters/kernel-lock.ts'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'
import { chooseInterpreter } from '../../plugins/isobench/src/adapters/python.ts'
import { findUv } from '../../plugins/isobench/src/adapters/uv.ts'
import { toolsDirectory } from './python-project.ts'

const requirements = ['datasets==5.2.0', 'huggingface_hub==2.4.0', 'pyarrow==26.0.1', 'duckdb==2.0.1']
const folder = join(toolsDirectory, '../python-clients')

/** The real Python clients of the Hub: an interpreter that has them, or why they cannot be had here. */
export type PythonClients = { readonly python: string } | { readonly missing: string }

/** Installs the clients once, into the store that all tests of this workspace share. */
export async function pythonClients(): Promise<PythonClients> {
  const python = await chooseInterpreter(['>=3.10'])
  return holdingLock(`${folder}.lock`, python.path, async () => {
    const interpreter = join(folder, 'bin/python')
    const done = join(folder, `installed ${requirements.join(' ')}`)
    if (await exists(done)) return { python: interpreter }
    await findUv({ toolsDirectory, cacheDirectory: join(toolsDirectory, '../uv-cache'), python, log: () => undefined })
    const [uv = 'uv'] = globSync('uv-*/bin/uv', { cwd: toolsDirectory }).map((path) => join(toolsDirectory, path))
    await rm(folder, { recursive: true, force: true })
    const steps = [
      ['venv', '--quiet', '--python', python.path, folder],
      ['pip', 'install', '--quiet', '--python', interpreter, ...requirements],
    ]
    for (const step of steps) {
      const result = await run(uv, step, { timeoutSeconds: 600 }).catch((error: unknown) => ({
        exitCode: null,
        stderr: String(error),
      }))
      if (result.exitCode !== 0) return { missing: result.stderr.trim().split('\n').at(-1) ?? 'uv failed' }
    }
    await writeAtomically(done, '')
    return { python: interpreter }
  })
}

/** Runs a script with the clients against a Hub; its standard output is JSON. The cache is a folder of its own. */
export async function askPython(
  python: string,
  script: string,
  options: { readonly endpoint: string; readonly home: string; readonly input?: unknown },
): Promise<any> {
  const result = await run(python, ['-c', script], {
    environment: cleanEnvironment({
      HF_ENDPOINT: options.endpoint,
      HF_TOKEN: 'hf_test',
      HF_HOME: options.home,
      HF_HUB_DISABLE_TELEMETRY: '1',
      HF_HUB_DISABLE_PROGRESS_BARS: '1',
      HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
      HF_HUB_DISABLE_XET: '1',
      NO_PROXY: '127.0.0.1',
    }),
    timeoutSeconds: 240,
    ...(options.input === undefined ? {} : { input: JSON.stringify(options.input) }),
  })
  if (result.exitCode !== 0) throw new Error(`python: ${result.stderr.slice(-4000)}`)
  return JSON.parse(result.stdout.trim().split('\n').at(-1)!)
}
