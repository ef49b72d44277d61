import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** A machine whose `python3` finds a driver library that says what a text file says. Needs a C compiler. */
export interface StubGpu {
  /** The file of `<name> <number>` lines that `nvml-stub.c` reads at every call */
  readonly state: string
  /** The UUID of a device, from 1 */
  uuid(device: number): string
  /** Replaces the state */
  set(state: Readonly<Record<string, number>>): Promise<void>
  /** Does something while this machine's `python3` is the first on the search path. */
  use<Result>(action: () => Promise<Result>): Promise<Result>
  remove(): Promise<void>
}

const uuid = (device: number) => `GPU-${process.pid}-${device}`

export async function createStubGpu(): Promise<StubGpu> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-gpu-'))
  const state = join(folder, 'state')
  const library = join(folder, 'lib', 'libnvidia-ml.so.1')
  await mkdir(join(folder, 'lib'))
  await mkdir(join(folder, 'bin'))
  const source = join(import.meta.dirname, 'nvml-stub.c')
  await execa('cc', ['-shared', '-fPIC', `-DSTATE="${state}"`, '-o', library, source])
  const { stdout: python } = await execa('python3', ['-c', 'import sys; print(sys.executable)'])
  const script = `#!/bin/sh\nLD_LIBRARY_PATH=${join(folder, 'lib')} exec ${python} "$@"\n`
  await writeFile(join(folder, 'bin', 'python3'), script)
  await chmod(join(folder, 'bin', 'python3'), 0o755)
  const set = async (values: Readonly<Record<string, number>>) => {
    const lines = Object.entries({ uuid: process.pid, ...values }).map(([name, value]) => `${name} ${value}\n`)
    await writeFile(`${state}.new`, lines.join(''))
    await rename(`${state}.new`, state)
  }
  await set({})
  return {
    state,
    uuid,
    set,
    async use(action) {
      const before = process.env['PATH']
      process.env['PATH'] = `${join(folder, 'bin')}:${before}`
      try {
        return await action()
      } finally {
        process.env['PATH'] = before
      }
    },
    async remove() {
      await rm(folder, { recursive: true })
      for (const device of [1, 2]) {
        await rm(`/tmp/isobench-${uuid(device)}.lock`, { force: true })
        await rm(`/tmp/isobench-${process.getuid!()}/device-${uuid(device)}`, { recursive: true, force: true })
      }
    },
  }
}
