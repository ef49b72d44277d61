import { describe, expect, test } from 'vitest'
import { Repository } from '../../../plugins/isobench/src/schema/repository.ts'

function problems(settings: object): string[] {
  const repository = { url: 'https://example.org/x', package: { name: 'x', import: 'x' }, wheels: [{ kind: 'build' }] }
  return (Repository.safeParse({ ...repository, ...settings }).error?.issues ?? []).map(({ message }) => message)
}

const digest = 'a'.repeat(64)

describe('a requirement', () => {
  test.each([
    'numpy',
    'numpy<2',
    'numpy >=1.26, <2',
    'transformers[torch,vision]==4.46.0',
    'lm-format-enforcer==0.10.1; python_version < "3.12"',
    `pyairports @ https://example.org/pyairports-1.0-py3-none-any.whl#sha256=${digest}`,
  ])('may be %s', (requirement) => {
    expect(problems({ dependencies: [requirement] })).toEqual([])
  })

  test.each([
    '',
    '-r other.txt',
    '--extra-index-url https://example.org/simple',
    'numpy --extra-index-url https://example.org/simple',
    'numpy<2 --hash=sha256:0',
    'numpy<2\n--extra-index-url https://example.org/simple',
    'numpy<2 \\',
    './local.whl',
    '/tmp/local.whl',
    'https://example.org/x.whl',
    'numpy @ file:///tmp/x.whl',
    'numpy @ https://example.org/x.whl',
    'numpy @ https://example.org/x.whl#sha256=abc',
    'numpy @ git+https://example.org/x',
  ])('is not %j', (requirement) => {
    expect(problems({ dependencies: [requirement] })).toEqual([
      'must be a requirement such as "numpy<2" or "name @ https://host/name.whl#sha256=<digest>"',
    ])
    expect(problems({ constraints: [{ requirement, reason: 'why' }] })).toHaveLength(1)
  })
})

test('a choice without a reason is refused', () => {
  for (const key of ['constraints', 'overrides']) {
    expect(problems({ [key]: [{ requirement: 'numpy<2' }] })).toHaveLength(1)
    expect(problems({ [key]: [{ requirement: 'numpy<2', reason: '' }] })).toHaveLength(1)
  }
  expect(problems({ cutoff_exceptions: [{ package: 'torch' }] })).toHaveLength(1)
})

test.each(['torch', 'torch<2.5', 'Torch==2.4.0', 'torch[opt]>=2'])('torch stays as it is: %s', (requirement) => {
  expect(problems({ overrides: [{ requirement, reason: 'why' }] })).toEqual([
    'torch must stay the one that the wheel names: its compiled parts fit no other',
  ])
  expect(problems({ constraints: [{ requirement, reason: 'why' }] })).toEqual([])
})

test.each(['torchvision<0.20', 'torch-geometric==2.5'])('%s is not torch', (requirement) => {
  expect(problems({ overrides: [{ requirement, reason: 'why' }] })).toEqual([])
})

test.each(['cu118', 'cu128', 'cpu', 'xpu', 'rocm6.3'])('the back end of torch may be %s', (torch_backend) => {
  expect(problems({ torch_backend })).toEqual([])
})

test.each(['auto', 'cuda', 'cu12.8', '--x', ''])('the back end of torch is not %j', (torch_backend) => {
  expect(problems({ torch_backend })).toEqual(['must be a torch back end such as "cu128", never "auto"'])
})

test('an index with a password is refused: it would be written into artifacts', () => {
  expect(problems({ dependency_index: 'https://me:secret@example.org/simple' })).toEqual([
    'must hold no user and no password: it is written into artifacts',
  ])
  expect(problems({ dependency_index: 'https://example.org/simple' })).toEqual([])
})
