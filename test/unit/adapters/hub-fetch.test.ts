import { expect, test } from 'vitest'
import { retryAfterOf, secondsToWait } from '../../../plugins/isobench/src/adapters/hub-fetch.ts'

test('waits grow to a minute, and are spread by up to a half', () => {
  expect([1, 2, 3, 8].map((attempt) => secondsToWait(attempt, null, 0))).toEqual([1, 2, 4, 60])
  expect(secondsToWait(1, null, 1)).toBe(1.5)
  expect(secondsToWait(1, 40, 0.5)).toBe(50)
})

test.each<[Record<string, string>, number | null]>([
  [{ 'retry-after': '17' }, 17],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' }, 60],
  [{ ratelimit: '"api";r=0;t=55' }, 55],
  [{ 'retry-after': 'soon' }, null],
  [{}, null],
])('%j asks for %s seconds', (headers, seconds) => {
  expect(retryAfterOf(new Headers(headers), 0)).toBe(seconds)
})
