import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decide } from '../../../plugins/isobench/src/domain/decision.ts'
import { bundleOf, measureBundle } from '../../support/bundle.ts'
import { hasBubblewrap } from '../../support/programs.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'

let sides: PythonSides
beforeAll(async () => {
  sides = await createSides(slowAndFast)
})
afterAll(() => sides.remove())

/** A test that evaluates an expression while it is loaded, and fails with the value. */
const inside = (expression: string) =>
  testScript({
    top: `import os, socket, subprocess\n\ndef attempt(action):\n    try:\n        return repr(action())\n    except OSError as error:\n        return type(error).__name__`,
    rest: `def digest(result):\n    return 0\n\nprobe = ${expression}\nimport sys\nprint(probe, file=sys.stderr)\nassert False, probe`,
  })

const said = async (expression: string) => {
  const bundle = await bundleOf(sides, inside(expression), { sandbox: 'bubblewrap' })
  const { outcome } = await measureBundle(sides, bundle)
  return outcome.message!.replace('coverage process: AssertionError: ', '')
}

describe.skipIf(!hasBubblewrap)('in the sandbox', () => {
  test('an honest test measures as it does outside', async () => {
    const bundle = await bundleOf(sides, testScript({ top: '# safe' }), { sandbox: 'bubblewrap' })
    const { runs, outcome } = await measureBundle(sides, bundle)
    expect(outcome.status).toBe('ok')
    expect(decide(bundle.plan, runs).verdict).toBe('improved')
  })

  test('nothing of the caller is in the environment of any process', async () => {
    process.env['OPENAI_API_KEY'] = 'canary-in-the-coal-mine'
    const everything =
      "attempt(lambda: [open(f'/proc/{p}/environ').read() for p in os.listdir('/proc') if p.isdigit()])"
    expect(await said(everything)).not.toContain('canary')
    delete process.env['OPENAI_API_KEY']
  })

  test('nothing can be written but the scratch folder', async () => {
    const places = ['/usr/x', '/etc/x', '/x', `${sides.folder}/base/x`]
    expect(await said(`[attempt(lambda: open(p, 'w')) for p in ${JSON.stringify(places)}]`)).toBe(
      "['OSError', 'OSError', 'OSError', 'OSError']",
    )
    expect(await said(`attempt(lambda: open('${sides.folder}/x', 'w').write('x'))`)).toBe('1')
    expect(await readdir(sides.folder)).not.toContain('x')
    expect(await said("attempt(lambda: open('/tmp/x', 'w').write('x'))")).toBe('1')
  })

  test('there is no network and no other process', async () => {
    expect(await said("attempt(lambda: socket.create_connection(('192.0.2.1', 80), 1))")).toBe('OSError')
    expect(await said("len([p for p in os.listdir('/proc') if p.isdigit()]) < 4")).toBe('True')
  })
})
