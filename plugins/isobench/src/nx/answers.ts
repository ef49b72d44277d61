/** A task as Nx gives it to a batch. */
export interface BatchTask {
  readonly id: string
  readonly target: { readonly project: string; readonly target: string }
}

/** How a task of a batch ended. */
export interface TaskResult {
  readonly success: boolean
  readonly terminalOutput: string
  readonly startTime: number
  readonly endTime: number
}

/** What Nx is told of the tasks of a batch: one answer each, the first that is given, and none is left out. */
export class Answers {
  readonly #open: Map<string, BatchTask>
  readonly #given: { readonly task: string; readonly result: TaskResult }[] = []
  #wake = (): void => undefined

  constructor(tasks: readonly BatchTask[]) {
    this.#open = new Map(tasks.map((task) => [task.id, task]))
  }

  /** The tasks without an answer. */
  get open(): BatchTask[] {
    return [...this.#open.values()]
  }

  give(task: BatchTask, result: TaskResult): void {
    if (!this.#open.delete(task.id)) return // it was given up, and went on
    this.#given.push({ task: task.id, result })
    this.#wake()
  }

  /** The answers as they come, to the last. */
  async *[Symbol.asyncIterator](): AsyncGenerator<{ readonly task: string; readonly result: TaskResult }> {
    while (this.#open.size + this.#given.length > 0) {
      yield* this.#given.splice(0)
      if (this.#open.size === 0 || this.#given.length > 0) continue
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
