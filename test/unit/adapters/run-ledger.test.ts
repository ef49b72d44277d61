import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { fileRunLedger } from '../../../plugins/isobench/src/adapters/run-ledger.ts'
import type { Limits, Spending } from '../../../plugins/isobench/src/domain/spending.ts'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { child } from '../../support/child.ts'

async function ledgerOf(limits: Limits) {
  const file = join(await mkdtemp(join(tmpdir(), 'isobench-spending-')), 'new', 'run.jsonl')
  return { file, ledger: fileRunLedger(file, limits) }
}

const call = (tokens: number, usd: number | null = 0): Spending => ({ calls: 1, tokens, usd })

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof IsobenchError)) throw new Error('expected a refusal', { cause: error })
  return `${error.code} | ${error.message}`
}

describe('a run', () => {
  test('is stopped at its calls', async () => {
    const { ledger } = await ledgerOf({ calls: 2 })
    await ledger.reserve(call(10))
    await (await ledger.reserve(call(10))).settle(call(5))
    expect(await refusal(ledger.reserve(call(10)))).toBe(
      'run-limit-reached | no further model call in this run: 2 of 2 calls are made',
    )
  })

  test('is stopped before a call that could pass its tokens, and goes on when less was used', async () => {
    const { ledger } = await ledgerOf({ tokens: 100 })
    const first = await ledger.reserve(call(60))
    expect(await refusal(ledger.reserve(call(60)))).toBe(
      'run-limit-reached | no further model call in this run: 60 of 100 tokens are spent and the next call may take 60',
    )
    await first.settle(call(40))
    await ledger.reserve(call(60))
  })

  test('is stopped before a call that could pass its money, or whose price nobody knows', async () => {
    const { ledger } = await ledgerOf({ usd: 1 })
    await ledger.reserve(call(1, 0.75))
    expect(await refusal(ledger.reserve(call(1, 0.5)))).toBe(
      'run-limit-reached | no further model call in this run: 0.7500 of 1 USD are spent and the next call may cost 0.5000',
    )
    expect(await refusal(ledger.reserve(call(1, null)))).toBe(
      'run-limit-reached | no further model call in this run: the price of a call is unknown and at most 1 USD may be spent',
    )
    await ledger.reserve(call(1, 0.25))
  })

  test('has no limit that nobody set', async () => {
    const { ledger } = await ledgerOf({})
    await ledger.reserve(call(1e9, null))
    await ledger.reserve(call(1e9, 1e9))
  })

  test('makes exactly the calls allowed, however many processes there are', async () => {
    const { file } = await ledgerOf({ calls: 25 })
    const source = pathToFileURL(join(import.meta.dirname, '../../../plugins/isobench/src/adapters/run-ledger.ts')).href
    const program = `
      const { fileRunLedger } = await import(${JSON.stringify(source)})
      const ledger = fileRunLedger(${JSON.stringify(file)}, { calls: 25 })
      const tried = Array.from({ length: 10 }, () => ledger.reserve({ calls: 1, tokens: 1, usd: 0 }))
      const made = (await Promise.allSettled(tried)).filter(({ status }) => status === 'fulfilled')
      console.log(made.length)
    `
    const processes = Array.from({ length: 4 }, () =>
      child(process.execPath, ['--input-type=module', '-e', program], { env: { PATH: process.env['PATH']! } }),
    )
    const made = (await Promise.all(processes)).map(({ stdout }) => Number(stdout.toString()))
    expect(made.reduce((total, count) => total + count, 0)).toBe(25)
    expect((await readFile(file, 'utf8')).match(/"reserved"/g)).toHaveLength(40)
  })
})
