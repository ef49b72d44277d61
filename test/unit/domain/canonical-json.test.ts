import { expect, it } from 'vitest'
import { canonicalJson, canonicalJsonLine } from '../../../plugins/isobench/src/domain/canonical-json.ts'

it('gives equal values equal bytes, whatever the order of their keys', () => {
  expect(canonicalJson({ b: 1, a: { d: [1, { z: 1, y: 2 }], c: undefined } })).toBe(
    canonicalJson({ a: { d: [1, { y: 2, z: 1 }] }, b: 1 }),
  )
})

it('ends a file with a newline and a line without one', () => {
  expect(canonicalJson({ a: [] })).toBe('{\n  "a": []\n}\n')
  expect(canonicalJsonLine({ b: null, a: 'x' })).toBe('{"a":"x","b":null}')
})

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'refuses %s and says where it stands',
  (value) => {
    expect(() => canonicalJson({ samples: { base: [1, value] } })).toThrow(
      `not a finite number at \`$.samples.base[1]\`: ${value}`,
    )
  },
)
