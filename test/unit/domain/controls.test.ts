import { expect, test } from 'vitest'
import { controlPlan, controlsOf } from '../../../plugins/isobench/src/domain/controls.ts'
import { Plan } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { samplePlan } from '../../support/runs.ts'

const ids = Array.from({ length: 2000 }, (_, index) => `demo-${index.toString(16).padStart(8, '0')}`)
const blind = (share: number) =>
  ids.filter((id) => controlsOf(id, { second_base: false, blind_share: share }).includes('blind'))

test('the share of commits that are measured blind is the one that was asked for', () => {
  expect(blind(0)).toEqual([])
  expect(blind(1)).toEqual(ids)
  // Four standard errors of 2,000 draws.
  expect(Math.abs(blind(0.05).length - 100)).toBeLessThan(4 * Math.sqrt(2000 * 0.05 * 0.95))
})

test('it is the same commits every time, and a larger share takes further ones', () => {
  const few = blind(0.05)
  expect(blind(0.05)).toEqual(few)
  expect(blind(0.2)).toEqual(expect.arrayContaining(few))
})

test('a second installation of base is measured for every commit or for none', () => {
  expect(controlsOf('demo-00000000', { second_base: true, blind_share: 1 })).toEqual(['second-base', 'blind'])
  expect(controlsOf('demo-00000000', { second_base: true, blind_share: 0 })).toEqual(['second-base'])
})

test('the plan of a control has base on both sides and is otherwise that of the commit', () => {
  const functions = [
    { module: 'demo.parse', name: 'parse', sides: ['base' as const, 'head' as const] },
    { module: 'demo.parse', name: 'new', sides: ['head' as const] },
  ]
  const plan = samplePlan({ profile: 'rigorous' }, { functions })
  const control = controlPlan(plan, 'blind')
  expect(Plan.parse(control)).toEqual(control)
  const { blocks } = control
  expect(control).toEqual({ ...plan, control: 'blind', head: plan.base, functions: [functions[0]], blocks })
  expect(blocks).toHaveLength(plan.blocks.length)
  expect(blocks).not.toEqual(plan.blocks)
  expect(blocks).not.toEqual(controlPlan(plan, 'second-base').blocks)
})
