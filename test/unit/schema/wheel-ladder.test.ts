import { expect, test } from 'vitest'
import { Repository } from '../../../plugins/isobench/src/schema/repository.ts'

const index = { kind: 'wheel-index', urls: ['https://wheels.example.org'] }
const versions = { ['a'.repeat(40)]: '1.0' }

function problem(wheels: readonly unknown[]): string | undefined {
  const settings = { url: 'https://example.org/vllm', package: { name: 'vllm', import: 'vllm' }, wheels }
  return Repository.safeParse(settings).error?.issues[0]?.message
}

test.each([
  [[index, { kind: 'ancestor-overlay' }]],
  [
    [
      { kind: 'release', tags: 'v{version}' },
      { kind: 'ancestor-overlay', ancestors: 1 },
    ],
  ],
  [[{ kind: 'release', versions, index: 'https://index.example.org/simple' }]],
  [[{ ...index, forbidden_is_absent: true }]],
  [[{ kind: 'release', dates: 'dev{date}', index: 'https://index.example.org/nightly' }]],
])('%j is a ladder', (wheels) => {
  expect(problem(wheels)).toBeUndefined()
})

test.each([
  [
    [{ kind: 'ancestor-overlay' }],
    '`ancestor-overlay` needs a `wheel-index` or `release` that has the wheels of ancestors',
  ],
  [
    [{ kind: 'build' }, { kind: 'ancestor-overlay' }],
    '`ancestor-overlay` needs a `wheel-index` or `release` that has the wheels of ancestors',
  ],
  [[index, { kind: 'ancestor-overlay', ancestors: 51 }], 'Too big: expected number to be <=50'],
  [[{ kind: 'release' }], 'needs `versions`, `tags` or `dates`'],
  [[{ kind: 'release', tags: 'v' }], 'must hold "{version}" once, such as "v{version}"'],
  [[{ kind: 'release', dates: 'dev' }], 'must hold "{date}" once, such as "dev{date}"'],
  [[{ kind: 'release', tags: '{version}{version}' }], 'must hold "{version}" once, such as "v{version}"'],
])('%j is none', (wheels, message) => {
  expect(problem(wheels)).toBe(message)
})
