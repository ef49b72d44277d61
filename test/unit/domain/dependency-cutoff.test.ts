import { expect, test } from 'vitest'
import { dependencyCutoff } from '../../../plugins/isobench/src/domain/dependency-cutoff.ts'

test('dependencies of the week after the commit are considered', () => {
  expect(dependencyCutoff('2024-11-28T17:01:02Z')).toBe('2024-12-05T17:01:02Z')
  expect(dependencyCutoff('2024-11-28T17:01:02Z', 0)).toBe('2024-11-28T17:01:02Z')
})
