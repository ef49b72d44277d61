import { expect, it } from 'vitest'
import { selectMembers } from '../../../plugins/isobench/src/domain/members.ts'

const commits = ['demo/11111111', 'demo/22222222', 'other/33333333'].map((path) => {
  const [repository, folder] = path.split('/') as [string, string]
  return { repository, folder, name: `${repository}-${folder}` }
})
const select = (...patterns: string[]) => {
  const { members, unknown } = selectMembers(patterns, commits)
  return { members: members.map(({ name }) => name), unknown }
}

it('selects a repository, all of it, or one commit, each once', () => {
  expect(select('demo').members).toEqual(['demo-11111111', 'demo-22222222'])
  expect(select('demo/*', 'demo/22222222').members).toEqual(['demo-11111111', 'demo-22222222'])
  expect(select('other/33333333', 'demo/11111111').members).toEqual(['demo-11111111', 'other-33333333'])
})

it('reports what selects nothing instead of leaving it out', () => {
  expect(select('demo', 'dmeo', 'demo/44444444')).toEqual({
    members: ['demo-11111111', 'demo-22222222'],
    unknown: [
      { pattern: 'dmeo', index: 1 },
      { pattern: 'demo/44444444', index: 2 },
    ],
  })
})
