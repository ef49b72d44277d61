import { expect, test } from 'vitest'
import { fitsPython } from '../../../plugins/isobench/src/domain/python-version.ts'

test.each([
  ['', true],
  ['>=3.8', true],
  ['>=3.12', false],
  ['<3.12,>=3.8', true],
  ['>=3.8,<3.11', false],
  ['==3.11.*', true],
  ['==3.1.*', false],
  ['==3.11.7', true],
  ['==3.11', false],
  ['!=3.11.*', false],
  ['!=3.11.6', true],
  ['~=3.8', true],
  ['~=3.10.2', false],
  ['~=3.11.2', true],
  ['>3.11', true],
  ['>3.11.7', false],
  ['<=3.11.7', true],
  ['>=2.7, !=3.0.*, !=3.1.*', true],
  ['nonsense', false],
])('3.11.7 fits `%s`: %s', (specifier, fits) => {
  expect(fitsPython('3.11.7', specifier)).toBe(fits)
})
