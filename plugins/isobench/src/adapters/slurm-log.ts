import { open } from 'node:fs/promises'

const atOnceBytes = 1 << 20

/** What a task prints on its node, forwarded line by line while it is written. */
export class TaskLog {
  readonly #file: string
  readonly #forward: (line: string) => void
  #offset = 0
  #rest = ''
  #lastError: string | null = null

  constructor(file: string, forward: (line: string) => void) {
    this.#file = file
    this.#forward = forward
  }

  /** Forwards the lines that came since the last time. A file that is not there yet has none. */
  async forward(): Promise<void> {
    const handle = await open(this.#file).catch(() => null)
    if (handle === null) return
    try {
      const bytes = Math.min((await handle.stat()).size - this.#offset, atOnceBytes)
      if (bytes <= 0) return
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, this.#offset)
      this.#offset += bytesRead
      const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n')
      this.#rest = lines.pop()!
      for (const line of lines) this.#line(line)
    } finally {
      await handle.close()
    }
  }

  /** What it said last of an error, or undefined */
  lastError(): string | null {
    return this.#lastError
  }

  #line(line: string): void {
    if (/^(error: |slurmstepd\S*: error: |[a-z-]+: \S)/.test(line))
      this.#lastError = line.replace(/^(\S+: )?error: /, '')
    this.#forward(line)
  }
}
