/** Tasks of a batch that wait for each other, and what is then done for all of them. */
interface Gathering {
  readonly items: unknown[]
  readonly results: Promise<readonly Promise<unknown>[]>
  begin(): void
}

/** What the tasks of one process have in common. A task that Nx runs alone is a batch of one. */
export class Batch {
  readonly #made = new Map<string, unknown>()
  readonly #turns = new Map<string, { free: number; readonly waiting: (() => void)[] }>()
  readonly #gatherings = new Map<string, Gathering>()
  /** Tasks that have begun and may still come to a gathering */
  readonly #expected = new Set<string>()

  /** A task begins: gatherings wait for it until it comes, takes a turn or ends. */
  begin(task: string): void {
    this.#expected.add(task)
  }

  /** A task has ended, or will come to no gathering. */
  leave(task: string): void {
    if (this.#expected.delete(task)) this.#beginIfComplete()
  }

  /** One thing for all tasks, made when it is first asked for. What is made must not belong to one task. */
  shared<Value>(key: string, create: () => Value): Value {
    if (!this.#made.has(key)) this.#made.set(key, create())
    return this.#made.get(key) as Value
  }

  /** Does `work` when fewer than `atOnce` others with this key are doing theirs, in the order in which they asked. */
  async turn<Result>(task: string, key: string, atOnce: number, work: () => Promise<Result>): Promise<Result> {
    this.leave(task)
    const turns = this.#turns.get(key) ?? { free: atOnce, waiting: [] }
    this.#turns.set(key, turns)
    if (turns.free > 0) turns.free--
    else await new Promise<void>((resolve) => void turns.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = turns.waiting.shift()
      if (next === undefined) turns.free++
      else next()
    }
  }

  /**
   * Waits until every task of the batch that is at work has come to a gathering, taken a turn or ended. Then `work` is
   * called once with the items of all that came with this key, and gives a promise for each, in their order.
   */
  async together<Item, Result>(
    task: string,
    key: string,
    item: Item,
    work: (items: readonly Item[]) => readonly Promise<Result>[],
  ): Promise<Result> {
    const gathering = this.#gatherings.get(key) ?? openGathering((items) => work(items as Item[]))
    this.#gatherings.set(key, gathering)
    const position = gathering.items.push(item) - 1
    this.#expected.delete(task)
    this.#beginIfComplete()
    return (await gathering.results)[position] as Promise<Result>
  }

  #beginIfComplete(): void {
    if (this.#expected.size > 0) return
    const complete = [...this.#gatherings.values()]
    this.#gatherings.clear()
    for (const gathering of complete) gathering.begin()
  }
}

function openGathering(work: (items: readonly unknown[]) => readonly Promise<unknown>[]): Gathering {
  const items: unknown[] = []
  const { promise: results, resolve, reject } = Promise.withResolvers<readonly Promise<unknown>[]>()
  const begin = () => {
    try {
      const all = work(items)
      for (const result of all) result.catch(() => undefined) // whoever waits for it hears of it
      resolve(all)
    } catch (error) {
      reject(error)
    }
  }
  return { items, results, begin }
}
