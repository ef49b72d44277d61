/** Tasks of a batch that wait for each other, and what is then done for all of them. */
interface Gathering {
  readonly items: unknown[]
  readonly results: Promise<readonly Promise<unknown>[]>
  begin(): void
}

/** What the tasks of one process have in common. A task that Nx runs alone is a batch of one. */
export class Batch {
  readonly #made = new Map<string, unknown>()
  readonly #held = new Map<string, () => void>()
  readonly #ended = new Set<string>()
  readonly #gatherings = new Map<string, Gathering>()
  /** Tasks that have begun and may still come to a gathering */
  readonly #expected = new Set<string>()
  readonly #onWait: () => void

  /** @param onWait called when a task waits for the others: one more may begin meanwhile */
  constructor(onWait: () => void = () => undefined) {
    this.#onWait = onWait
  }

  /** A task begins: gatherings wait for it until it comes, takes a turn or ends. */
  begin(task: string): void {
    this.#expected.add(task)
  }

  /** A task has ended, also where something that it began goes on. */
  end(task: string): void {
    this.#held.get(task)?.()
    this.#held.delete(task)
    this.#ended.add(task)
    this.#leave(task)
  }

  /** One thing for all tasks, made when it is first asked for. It must not belong to one task. */
  shared<Value>(key: string, create: () => Value): Value {
    if (!this.#made.has(key)) {
      const made = create()
      this.#made.set(key, made)
      // What cannot be had now may be there for a later task: a failure is kept for those only that wait for it.
      if (made instanceof Promise) made.catch(() => this.#made.delete(key))
    }
    return this.#made.get(key) as Value
  }

  /** Does `work` when fewer than `atOnce` others with this key are doing theirs, in the order in which they asked. */
  async turn<Result>(task: string, key: string, atOnce: number, work: () => Promise<Result>): Promise<Result> {
    this.#leave(task)
    return this.limited(key, atOnce, (release) => {
      if (this.#ended.has(task)) throw new Error(`its task has ended: ${task}`)
      this.#held.set(task, release)
      return work()
    })
  }

  /** The same inside of a task, which may come to a gathering after it or be in one. */
  limited<Result>(key: string, atOnce: number, work: (release: () => void) => Promise<Result>): Promise<Result> {
    return this.shared(`turns ${key}`, () => new Turns(atOnce)).during(work)
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
    this.#onWait()
    this.#expected.delete(task)
    this.#beginIfComplete()
    return (await gathering.results)[position] as Promise<Result>
  }

  /** The task comes to no gathering any more. */
  #leave(task: string): void {
    if (this.#expected.delete(task)) this.#beginIfComplete()
  }

  #beginIfComplete(): void {
    if (this.#expected.size > 0) return
    const complete = [...this.#gatherings.values()]
    this.#gatherings.clear()
    for (const gathering of complete) gathering.begin()
  }
}

/** So many may do something at once; the others wait in the order in which they came. */
class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** @param work is given what ends its turn before it ends itself */
  async during<Result>(work: (release: () => void) => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    let isOver = false
    const release = (): void => {
      if (isOver) return
      isOver = true
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
    try {
      return await work(release)
    } finally {
      release()
    }
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
