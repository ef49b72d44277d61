import { describe, expect, test } from 'vitest'
import { Generation } from '../../../plugins/isobench/src/schema/generation.ts'
import { generateTest } from '../../../plugins/isobench/src/stages/generate-test.ts'
import { digestOf, sampleAnalysis } from '../../support/artifacts.ts'
import { effects, inputOf, trials } from '../../support/generation-rig.ts'
import { trialRun } from '../../support/trial-run.ts'

const parse = {
  name: 'parse-much',
  apis: ['demo.parse.**'],
  imports: 'import demo',
  setup: 'return "a,b" * 1000',
  experiment: 'rows = []\n\nfor _ in range(3):\n    rows.append(demo.parse(state))\nreturn rows',
  digest: 'return result',
}
const input = (workloads: object[], analysis = sampleAnalysis()) => inputOf({ analysis }, { workloads })

const chosen = async (workloads: object[], analysis = sampleAnalysis()) =>
  (await generateTest(input(workloads, analysis), effects())).generation

test('the workload that fits becomes the test: equal bytes each time, labelled, without a call', async () => {
  const { generation, test: text } = await generateTest(input([{ ...parse, apis: ['other.*'] }, parse]), effects())
  expect(text).toMatchInlineSnapshot(`
    """"Workload \`parse-much\`, written down for the repository and chosen for \`demo.parse.parse\`."""

    import demo


    def setup():
        return "a,b" * 1000


    def experiment(state):
        rows = []

        for _ in range(3):
            rows.append(demo.parse(state))
        return rows


    def digest(result):
        return result


    # Appended by the tool.
    if __name__ == "__main__":
        print(experiment(setup()))
    "
  `)
  expect(Generation.parse(generation)).toEqual(generation)
  expect(generation).toMatchObject({ origin: 'template', provider: 'template', attempts: [], cost_usd: 0 })
  expect(generation.model).toMatch(/^template\/parse-much@[0-9a-f]{12}$/)
  expect(generation.test_sha256).toBe(digestOf(text!))
  expect(trials).toEqual([text])
  expect(await generateTest(input([parse]), effects())).toEqual({ generation, test: text })
})

describe('which one', () => {
  const second = { ...parse, name: 'second', apis: ['demo.*.parse'] }

  test('the first that fits the most changed name', async () => {
    const analysis = sampleAnalysis({ affected_apis: ['demo.scan.scan', 'demo.parse.parse'] })
    expect((await chosen([parse, { ...second, apis: ['demo.scan.*'] }], analysis)).model).toContain('template/second@')
    expect((await chosen([second, parse])).model).toContain('template/second@')
  })

  test('only for its kinds of change', async () => {
    expect((await chosen([{ ...parse, change_classes: ['kernel'] }, second])).model).toContain('template/second@')
  })

  test('none: the test is missing', async () => {
    expect(await chosen([{ ...parse, apis: ['demo.*'] }])).toMatchObject({
      outcome: { status: 'failed', reason: 'test-missing' },
      origin: null,
      provider: null,
    })
  })
})

describe('a workload is checked as a test of a model is', () => {
  test('one that breaks a rule is an error that an edit mends', async () => {
    const experiment = 'try:\n    return demo.parse(state)\nexcept Exception:\n    return None'
    await expect(generateTest(input([{ ...parse, experiment }]), effects())).rejects.toMatchObject({
      code: 'bad-input',
      message: 'workload parse-much in generation.yaml: 13:5 catch-all: goes on after any `Exception`',
    })
  })

  test('what one side lacks is recorded with the side', async () => {
    const found = { rule: 'only-on-head', line: 3, column: 1, message: 'on base: gone' }
    const { generation, test: text } = await generateTest(
      input([parse]),
      effects({ types: { check: async () => [[found]] } }),
    )
    expect(text).toBeNull()
    expect(generation.outcome).toMatchObject({
      reason: 'one-sided-api',
      side: 'base',
      message: 'workload parse-much: 3:1 only-on-head: on base: gone',
    })
  })

  test('a failed trial is recorded', async () => {
    const crashed = trialRun('head', { result: 'test-crashed', message: 'ValueError: no' })
    const { generation } = await generateTest(
      input([parse]),
      effects({ trial: async () => [trialRun('base'), crashed] }),
    )
    expect(generation).toMatchObject({ origin: null, outcome: { reason: 'test-invalid' } })
    expect(generation.outcome.message).toBe('workload parse-much: test-crashed: on head: ValueError: no')
  })
})
