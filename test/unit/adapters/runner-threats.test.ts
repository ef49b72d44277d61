import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalRunner } from '../../../plugins/isobench/src/adapters/runner.ts'
import { parseRuns } from '../../../plugins/isobench/src/domain/runs.ts'
import type { MeasurementSettings } from '../../../plugins/isobench/src/schema/measurement-settings.ts'
import { bundleOf } from '../../support/bundle.ts'
import { hasBubblewrap } from '../../support/programs.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'

const canSwitch = process.getuid?.() === 0 && (await execa('setpriv', ['--version'], { reject: false })).exitCode === 0
if (!canSwitch) console.log('skipped: the tests of an ordinary user need root and setpriv (Debian package util-linux)')

/** Each row of the threat table that concerns what a script does, in a real sandbox. */
describe.skipIf(!hasBubblewrap)('a script that is hostile', () => {
  let sides: PythonSides
  beforeAll(async () => {
    sides = await createSides(slowAndFast)
  })
  afterAll(() => sides.remove())

  const trial = async (parts: Parameters<typeof testScript>[0], settings: Partial<MeasurementSettings> = {}) => {
    const bundle = await bundleOf(sides, testScript(parts), { sandbox: 'bubblewrap', timeout_seconds: 60, ...settings })
    const runs = await createLocalRunner(sides.folder).trial(bundle, () => undefined)
    expect(runs).toHaveLength(2)
    return runs[0]!
  }
  const said = async (expression: string): Promise<string> => {
    const { message } = await trial({ top: 'import os, socket', setup: `raise ValueError(${expression})` })
    return message!.replace('ValueError: ', '')
  }

  const connect = (address: string) => said(`os.strerror(socket.socket().connect_ex(${address}))`)

  test('finds no secret of the caller in any environment or command line that it can read', async () => {
    process.env['OPENAI_API_KEY'] = 'canary-0123456789'
    const read = "lambda p: open(p, errors='replace').read()"
    const everything = `[(${read})(f'/proc/{p}/{f}') for p in os.listdir('/proc') if p.isdigit() for f in ('environ', 'cmdline')]`
    expect(await said(`'canary-0123456789' in str(${everything}) + str(dict(os.environ))`)).toBe('False')
  })

  test('reaches neither the network nor a listener of the host', async () => {
    const server = createServer((socket) => void socket.end('reached'))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await connect("('1.1.1.1', 443)")).toContain('unreachable')
    expect(await connect(`('127.0.0.1', ${port})`)).toContain('refused')
    await new Promise((resolve) => void server.close(resolve))
  })

  test('writes nothing to the host, and leaves the files of its own side as they were', async () => {
    const before = await listing(sides.folder)
    const places = [
      '/usr/x',
      '/etc/x',
      '/root/x',
      `${sides.folder}/base/lib/x`,
      '/proc/sys/kernel/core_pattern',
      '/proc/sysrq-trigger',
    ]
    const tried = await trial({
      top: 'import os\n\ndef attempt(place):\n    try:\n        os.open(place, os.O_WRONLY | os.O_CREAT)\n        return "written"\n    except OSError as error:\n        return error.strerror',
      setup: `raise ValueError([${places.map((place) => `attempt(${JSON.stringify(place)})`).join(', ')}])`,
    })
    expect(tried.message).not.toContain('written')
    expect(await listing(sides.folder)).toEqual(before)
  })

  test('forks 400 times and leaves one behind in a session of its own: none survives', async () => {
    const mark = `marked-${process.pid}`
    const run = await trial({
      top: 'import os, time',
      setup: `pids = []\n    for number in range(400):\n        pid = os.fork()\n        if pid == 0:\n            os.setsid()\n            os.execv('/bin/sleep', ['${mark}', '600'])\n        pids.append(pid)\n    return 20000`,
    })
    expect(run.result).toBe('ok')
    const commands = await Promise.all(
      (await readdir('/proc'))
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    )
    expect(commands.filter((command) => command.includes(mark))).toEqual([])
  })

  test('has scratch folders of a size, outside the disk of the host', async () => {
    const sizes = "[os.statvfs(p).f_blocks * os.statvfs(p).f_frsize for p in ('/tmp', '/dev/shm')]"
    expect(await said(`max(${sizes}) <= 4 << 30`)).toBe('True')
  })

  test('fills the disk: a file ends at its limit, and what is left in the cache beyond its size is no result and goes', async () => {
    const ignoring = 'import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)'
    const large = await trial({ top: ignoring, setup: `${allocate(5 * 2 ** 30, 'one')}; return 20000` })
    expect(large).toMatchObject({ result: 'test-crashed', message: 'OSError: [Errno 27] File too large' })
    const half = 2.2 * 2 ** 30
    const many = await trial({
      top: ignoring,
      setup: `${allocate(Math.ceil(half), 'one')}; ${allocate(Math.ceil(half), 'other')}; return 20000`,
    })
    expect(many).toMatchObject({
      result: 'contract-violated',
      message: 'left more than 4294967296 bytes in its cache',
      seconds: null,
    })
    expect((await filesBelow(sides.folder)).filter((path) => /\/cache\/.*(one|other)$/.test(path))).toEqual([])
  })

  test('takes memory and prints without end: both end at their limits', async () => {
    expect(
      await trial({ setup: 'return [bytes(1 << 28) for _ in range(64)]' }, { memory_bytes: 1 << 30 }),
    ).toMatchObject({ result: 'out-of-memory' })
    const flood = await trial({ experiment: 'while True:\n        print("y" * 1000)' }, { timeout_seconds: 3 })
    expect(flood).toMatchObject({ result: 'timed-out' })
    expect(flood.stderr_tail!.length).toBeLessThan(20_000)
  })

  test('plants links and pipes where results might be read: nobody follows them', async () => {
    const plant = ['result.json', 'runs.jsonl'].flatMap((name) => [
      `os.symlink('/etc/shadow', '/cache/${name}')`,
      `os.mkfifo('/cache/pipe-${name}')`,
    ])
    const run = await trial({ top: 'import os', setup: `${plant.join('\n    ')}\n    return 20000` })
    expect(run).toMatchObject({ result: 'ok' })
  })

  test('sees no other process, and no device but the plain ones', async () => {
    expect(await said("len([p for p in os.listdir('/proc') if p.isdigit()]) < 4")).toBe('True')
    const devices = await said(
      "sorted(set(os.listdir('/dev')) - {'fd', 'full', 'null', 'ptmx', 'pts', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'tty', 'urandom', 'zero', 'console', 'core'})",
    )
    expect(devices).toBe('[]')
  })
})

describe.skipIf(!hasBubblewrap || !canSwitch)('an ordinary user', () => {
  test('measures in the sandbox as root does', async () => {
    const sides = await createSides(slowAndFast, '/usr/bin/python3')
    try {
      const bundle = await bundleOf(sides, testScript(), { sandbox: 'bubblewrap', timeout_seconds: 60 })
      await createLocalRunner(sides.folder).trial(bundle, () => undefined)
      const [name] = await readdir(join(sides.folder, 'trials'))
      const folder = join(sides.folder, 'trials', name!)
      await rm(join(folder, 'out'), { recursive: true })
      const home = join(sides.folder, 'home')
      await mkdir(home)
      await writeFile(join(home, 'own'), '')
      await execa('chown', ['-R', '65534:65534', sides.folder])
      const command = [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '/usr/bin/python3',
        '-B',
        join(folder, 'harness/run.py'),
        folder,
        join(folder, 'out'),
        '--trial',
      ]
      await execa('setpriv', command, { env: { PATH: '/usr/bin:/bin', HOME: home, TMPDIR: home }, extendEnv: false })
      const runs = parseRuns(await readFile(join(folder, 'out/runs.jsonl'), 'utf8'))
      expect(runs.map(({ side, result }) => `${side} ${result}`)).toEqual(['base ok', 'head ok'])
    } finally {
      await sides.remove()
    }
  })
})

const hasDaemon = (await execa('docker', ['info'], { reject: false })).exitCode === 0
test.skipIf(hasDaemon)(
  'a container is refused where docker or its daemon is missing, and nothing runs instead',
  async () => {
    const sides = await createSides(slowAndFast)
    try {
      const bundle = await bundleOf(sides, testScript(), { sandbox: 'docker:python' })
      const trial = createLocalRunner(sides.folder).trial(bundle, () => undefined)
      await expect(trial).rejects.toMatchObject({
        code: 'prerequisite-missing',
        message: expect.stringMatching(/^(no such program: docker|docker has no daemon: )/),
        hint: 'start docker and pull the image, or set `sandbox: bubblewrap` in measurement.yaml and generation.yaml',
      })
    } finally {
      await sides.remove()
    }
  },
)

/** Python that takes so many bytes of the disk under the cache, without writing them. */
function allocate(bytes: number, file: string): string {
  return `os.posix_fallocate(os.open('/cache/${file}', os.O_WRONLY | os.O_CREAT), 0, ${bytes})`
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.map((entry) => join(entry.parentPath, entry.name))
}

/** Every file of the two sides with its size. */
async function listing(folder: string): Promise<string[]> {
  const entries = await Promise.all(
    ['base', 'head'].map((side) => readdir(join(folder, side), { recursive: true, withFileTypes: true })),
  )
  return entries
    .flat()
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
