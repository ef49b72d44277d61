import { expect, test } from 'vitest'
import { environmentFault } from '../../../plugins/isobench/src/domain/environment-fault.ts'
import { runOutcome } from '../../../plugins/isobench/src/domain/run-outcome.ts'
import { pairsOfRatios, samplePlan, sampleRuns } from '../../support/runs.ts'

const plan = samplePlan()
const runs = sampleRuns(plan, pairsOfRatios([0]))

function crash(stderr: string, result: 'test-crashed' | 'timed-out' = 'test-crashed') {
  return { ...runs[1]!, result, message: 'exit code 1', seconds: null, stderr_tail: `Traceback\n${stderr}\n` }
}

// The failure classes of reference/wheels.md §1.3 that show at an import, in the words of the reports.
test.each([
  [
    "AttributeError: 'TokenizersBackend' object has no attribute 'all_special_tokens_extended'",
    'dependency-incompatible',
    /^transformers is too new, set e\.g\. `transformers<4\.47`: AttributeError: /,
  ],
  [
    "ModuleNotFoundError: No module named 'numpy.lib.function_base'",
    'dependency-incompatible',
    /^numpy 2 is too new, set `numpy<2`: /,
  ],
  ["ModuleNotFoundError: No module named 'pyairports'", 'dependency-incompatible', /^pyairports is gone /],
  [
    "TypeError: type 'array.array' is not subscriptable",
    'dependency-incompatible',
    /^flashinfer does not run with this Python, /,
  ],
  [
    "AttributeError: module 'torch.utils._pytree' has no attribute 'register_constant'",
    'dependency-incompatible',
    /^the pins of sglang contradict each other, /,
  ],
  [
    'ImportError: /store/envs/1/lib/python3.11/site-packages/vllm/_C.abi3.so: undefined symbol: _ZN3c105ErrorC2E',
    'binary-incompatible',
    /: ImportError: _C\.abi3\.so: undefined symbol: _ZN3c105ErrorC2E$/,
  ],
  [
    'ImportError: libcudart.so.13: cannot open shared object file: No such file or directory',
    'binary-incompatible',
    /^a compiled extension wants the libraries of another CUDA, .*: ImportError: libcudart\.so\.13: /,
  ],
])('%s has a reason and a remedy', (line, reason, message) => {
  const outcome = environmentFault(crash(line))
  expect(outcome).toMatchObject({ status: 'failed', reason, side: 'head', message: expect.stringMatching(message) })
  expect(runOutcome(plan, runs.with(1, crash(line)))).toEqual(outcome)
})

test.each([
  [crash('AssertionError: undefined')],
  [crash('ImportError: libcuda.so.1: cannot open shared object file: No such file or directory')],
  [crash("ModuleNotFoundError: No module named 'numpy.lib.function_base'", 'timed-out')],
  [runs[1]!],
])('any other end is no fault of the environment', (run) => {
  expect(environmentFault(run)).toBeNull()
})
