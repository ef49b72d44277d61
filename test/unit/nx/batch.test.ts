import { expect, it } from 'vitest'
import { Batch } from '../../../plugins/isobench/src/nx/batch.ts'

function batchOf(...tasks: string[]): Batch {
  const batch = new Batch()
  for (const task of tasks) batch.begin(task)
  return batch
}

/** What a gathering did: the items of each call. */
function recorded() {
  const calls: (readonly string[])[] = []
  const work = (items: readonly string[]) => {
    calls.push([...items])
    return items.map(async (item) => {
      if (item === 'bad') throw new Error('bad item')
      return item.toUpperCase()
    })
  }
  return { calls, work }
}

it('makes a shared thing once', () => {
  const batch = new Batch()
  let made = 0
  expect([batch.shared('a', () => ++made), batch.shared('a', () => ++made), batch.shared('b', () => ++made)]).toEqual([
    1, 1, 2,
  ])
})

it('makes a shared thing again for those that ask after it could not be made', async () => {
  const batch = new Batch()
  const answers = [Promise.reject(new Error('no network')), Promise.resolve('there')]
  const ask = () => batch.shared('mirror', () => answers.shift()!)
  await Promise.all([ask(), ask()].map((asked) => expect(asked).rejects.toThrow('no network')))
  expect(await Promise.all([ask(), ask()])).toEqual(['there', 'there'])
})

it('gathers all tasks at work into one call, and gives each its own result', async () => {
  const batch = batchOf('1', '2', '3')
  const { calls, work } = recorded()
  const results = ['1', '2', '3'].map((task) => batch.together(task, 'key', `item ${task}`, work))
  expect(await Promise.all(results)).toEqual(['ITEM 1', 'ITEM 2', 'ITEM 3'])
  expect(calls).toEqual([['item 1', 'item 2', 'item 3']])
})

it('lets one more task begin while one waits for the others, so that more than are at work at once come', async () => {
  const { calls, work } = recorded()
  const waiting = ['1', '2', '3']
  const results: Promise<string>[] = []
  const begin = () => {
    const task = waiting.shift()
    if (task === undefined) return
    batch.begin(task)
    results.push(batch.together(task, 'key', task, work))
  }
  const batch = new Batch(begin)
  begin()
  await Promise.all(results)
  expect(results).toHaveLength(3)
  expect(calls.map((items) => items.toSorted())).toEqual([['1', '2', '3']])
})

it('does not wait for a task that ended or took a turn, but for one that may still come', async () => {
  const batch = batchOf('ends', 'local', 'late', 'comes')
  const { calls, work } = recorded()
  const first = batch.together('comes', 'key', 'one', work)
  batch.end('ends')
  await batch.turn('local', 'device', 1, async () => undefined)
  expect(calls).toEqual([])
  const second = batch.together('late', 'key', 'two', work)
  expect(await Promise.all([first, second])).toEqual(['ONE', 'TWO'])
  expect(calls).toEqual([['one', 'two']])
})

it('calls once for each key, and again for what comes later', async () => {
  const batch = batchOf('1', '2', '3')
  const { calls, work } = recorded()
  const results = [
    batch.together('1', 'a', 'x', work),
    batch.together('2', 'b', 'y', work),
    batch.together('3', 'a', 'z', work),
  ]
  await Promise.all(results)
  expect(calls).toEqual([['x', 'z'], ['y']])
  expect(await batch.together('1', 'a', 'again', work)).toBe('AGAIN')
})

it('fails the one whose result fails, and all where the common work does', async () => {
  const batch = batchOf('1', '2')
  const { work } = recorded()
  const results = [batch.together('1', 'key', 'good', work), batch.together('2', 'key', 'bad', work)]
  expect(await Promise.allSettled(results)).toMatchObject([{ value: 'GOOD' }, { reason: { message: 'bad item' } }])
  await expect(batch.together('1', 'key', 'item', broken)).rejects.toThrow('no cluster')
})

function broken(): never {
  throw new Error('no cluster')
}

it('lets so many take a turn at once, in order, also after one that fails', async () => {
  const batch = new Batch()
  const running = new Set<number>()
  const order: number[] = []
  let most = 0
  const turns = [1, 2, 3, 4, 5].map((number) =>
    batch.turn(String(number), 'device', 2, async () => {
      running.add(number)
      order.push(number)
      most = Math.max(most, running.size)
      await new Promise(setImmediate)
      running.delete(number)
      if (number === 1) throw new Error('broken')
      return number
    }),
  )
  expect(await Promise.allSettled(turns)).toMatchObject([
    { status: 'rejected' },
    ...[2, 3, 4, 5].map((value) => ({ value })),
  ])
  expect([most, order]).toEqual([2, [1, 2, 3, 4, 5]])
})
