import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { type Limits, type Spending, passedLimit, sumSpending } from '../domain/spending.ts'
import { IsobenchError } from '../errors.ts'

/** A call that may be made. What it really cost replaces the estimate; without that the estimate stands. */
interface Reservation {
  settle(spent: Spending): Promise<void>
}

/** What one run spends on models, all its processes together. */
export interface RunLedger {
  /** @throws IsobenchError `run-limit-reached` when `most` could pass a limit */
  reserve(most: Spending): Promise<Reservation>
}

const Line = z.object({
  id: z.string(),
  state: z.enum(['reserved', 'refused', 'settled']),
  calls: z.int().min(0),
  tokens: z.int().min(0),
  usd: z.number().min(0).nullable(),
})

/**
 * A ledger in one file that processes append to. A call is reserved at its highest possible cost first and counts when
 * it fits beside the lines before it: the order of the lines is the same for all, so no limit is passed and no lock is
 * needed. A call whose process died stays reserved, because it may have been billed.
 */
export function fileRunLedger(file: string, limits: Limits): RunLedger {
  const append = async (line: z.infer<typeof Line>): Promise<void> => {
    await mkdir(dirname(file), { recursive: true })
    await appendFile(file, `${JSON.stringify(line)}\n`)
  }
  return {
    async reserve(most) {
      const id = randomUUID()
      await append({ id, state: 'reserved', ...most })
      const lines = (await readFile(file, 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => Line.parse(JSON.parse(line)))
      const problem = passedLimit(limits, before(lines, id), most)
      if (problem === undefined) return { settle: (spent) => append({ id, state: 'settled', ...spent }) }
      await append({ id, state: 'refused', calls: 0, tokens: 0, usd: 0 })
      throw new IsobenchError('run-limit-reached', `no further model call in this run: ${problem}`, {
        hint: 'raise the limit in budget.yaml, or run it again: a run is one Nx command, and answers are kept',
      })
    },
  }
}

/** What the calls reserved before `id` cost, as far as it is known by now. */
function before(lines: readonly z.infer<typeof Line>[], id: string): Spending {
  const position = lines.findIndex((line) => line.id === id)
  const earlier = lines.slice(0, position).filter(({ state }) => state === 'reserved')
  const last = new Map(lines.map((line) => [line.id, line]))
  return sumSpending(earlier.map((line) => last.get(line.id)!))
}
