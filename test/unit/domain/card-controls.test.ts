import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { controlsOnCard, medianNoiseFloor } from '../../../plugins/isobench/src/domain/card-controls.ts'
import { renderCard } from '../../../plugins/isobench/src/domain/card.ts'
import type { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'
import { sampleCardData } from '../../support/card.ts'
import { sampleRecord } from '../../support/records.ts'

type Control = CommitRecord['measurement']['controls'][number]

const control = (verdict: Control['verdict'], overrides: Partial<Control> = {}): Control => ({
  kind: 'blind',
  verdict,
  pairs: 8,
  improvement: verdict === 'unmeasured' ? null : 0.002,
  ci95: null,
  p_value: verdict === 'unmeasured' ? null : 0.5,
  ...overrides,
})
const recordWith = (name: string, controls: Control[], noise_floor: number | null = 0.004) => {
  const { measurement } = sampleRecord(name)
  return sampleRecord(name, { measurement: { ...measurement, controls, noise_floor } })
}
const section = (records: CommitRecord[]) => {
  const template = join(import.meta.dirname, '../../../plugins/isobench/templates/dataset-card.md.eta')
  const card = renderCard(readFileSync(template, 'utf8'), sampleCardData(records))
  return card.slice(card.indexOf('### Controls'), card.indexOf('## Where the tests came from'))
}

test('counts the controls that are false, and bounds their rate', () => {
  const quiet = Array.from({ length: 8 }, () => control('no-change'))
  const records = [
    recordWith('a', [...quiet, control('inconclusive', { kind: 'second-base' })]),
    recordWith('b', [control('regressed', { improvement: -0.031 }), control('unmeasured')]),
  ]
  expect(controlsOnCard(records)).toEqual({
    measured: 10,
    unmeasured: 1,
    rejected: 1,
    false_positive_rate: 0.1,
    upper_bound: expect.closeTo(0.3942, 4),
    confidence: 0.95,
    kinds: [
      { kind: 'second-base', controls: 1 },
      { kind: 'blind', controls: 9 },
    ],
    largest_effect: 0.031,
  })
  expect(section(records)).toMatchInlineSnapshot(`
    "### Controls

    Base measured against itself in the same way, where there is no difference to find: 10 controls
    (\`second-base\` 1, \`blind\` 9), of which 1 were called \`improved\` or \`regressed\`. That is a false-positive rate of
    10.0 %, and at most 39.4 % with 95.0 % confidence (Clopper–Pearson, one-sided). The largest effect seen
    was 3.1 %. Controls that failed: 1.

    Neighbouring processes of one side differ by 0.4 % (median over the commits of the median of each).

    "
  `)
})

test('says so when no controls were run, and when all of them failed', () => {
  expect(controlsOnCard([recordWith('a', [])])).toMatchObject({ false_positive_rate: null, upper_bound: null })
  expect(section([recordWith('a', [])])).toMatchInlineSnapshot(`
    "### Controls

    No controls were run, so how often identical code would be called faster or slower here was not measured.

    Neighbouring processes of one side differ by 0.4 % (median over the commits of the median of each).

    "
  `)
  expect(section([recordWith('a', [control('unmeasured')], null)])).toMatchInlineSnapshot(`
    "### Controls

    Every control failed, so how often identical code would be called faster or slower here was not measured.

    "
  `)
})

test('the noise floor is the median over the commits that have one', () => {
  const floors = [0.01, null, 0.03, 0.02].map((floor, index) => recordWith(`${index}`, [], floor))
  expect(medianNoiseFloor(floors)).toBe(0.02)
  expect(medianNoiseFloor([recordWith('a', [], null)])).toBeNull()
})
