import { expect, test } from 'vitest'
import { trialDiagnostics } from '../../../plugins/isobench/src/domain/trial.ts'
import { sampleAnalysis } from '../../support/artifacts.ts'
import { trialRun } from '../../support/trial-run.ts'

const { functions } = sampleAnalysis()

test('runs that went well and reached the change say nothing', () => {
  const runs = [
    trialRun('base', { reached: ['demo.parse.parse'] }),
    trialRun('head', { reached: ['demo.parse.parse'] }),
  ]
  expect(trialDiagnostics(runs, functions)).toEqual([])
  expect(trialDiagnostics([trialRun('base', { reached: null })], functions)).toEqual([])
})

test('a crash gives its last line, and the traceback without folders and addresses', () => {
  const stderr_tail = `Traceback (most recent call last):
  File "/tmp/run-8f3a/efficiency_test.py", line 4, in setup
    return demo.Engine(size=3)
  File "/root/.cache/envs/1a/lib/python3.11/site-packages/demo/engine.py", line 7, in __init__
  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode
TypeError: <demo.Engine object at 0x7f3a9c0d1e50> got an unexpected keyword argument 'size'
`
  const message = 'the test ended with exit code 1'
  const run = trialRun('head', { result: 'test-crashed', message, stderr_tail })
  expect(trialDiagnostics([trialRun('base'), run], functions)).toMatchInlineSnapshot(`
    [
      {
        "column": null,
        "detail": "Traceback (most recent call last):
      File "efficiency_test.py", line 4, in setup
        return demo.Engine(size=3)
      File "site-packages/demo/engine.py", line 7, in __init__
      File "json/decoder.py", line 337, in decode
    TypeError: <demo.Engine object at 0x…> got an unexpected keyword argument 'size'",
        "line": null,
        "message": "on head: the test ended with exit code 1: TypeError: <demo.Engine object at 0x…> got an unexpected keyword argument 'size'",
        "rule": "test-crashed",
      },
    ]
  `)
})

test('a failure without output', () => {
  const run = trialRun('base', { result: 'timed-out', message: 'no end after 300 s', stderr_tail: null })
  expect(trialDiagnostics([run], functions)).toMatchInlineSnapshot(`
    [
      {
        "column": null,
        "detail": "",
        "line": null,
        "message": "on base: no end after 300 s",
        "rule": "timed-out",
      },
    ]
  `)
})

test('a change that is not reached is a finding where there is something to reach', () => {
  const onHead = [{ ...functions[0]!, sides: ['head' as const] }]
  const runs = [trialRun('base', { reached: [] }), trialRun('head', { reached: [] })]
  expect(trialDiagnostics(runs, onHead)).toMatchInlineSnapshot(`
    [
      {
        "column": null,
        "detail": "Changed: demo.parse.parse",
        "line": null,
        "message": "on head the test never reaches a changed function",
        "rule": "change-not-exercised",
      },
    ]
  `)
  expect(trialDiagnostics(runs, [{ ...functions[0]!, module: null }])).toEqual([])
  expect(trialDiagnostics(runs, [])).toEqual([])
})
