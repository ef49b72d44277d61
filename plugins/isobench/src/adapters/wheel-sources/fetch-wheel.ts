import { join } from 'node:path'
import { absence, ask, save } from '../http.ts'
import { InvalidWheel } from '../wheel.ts'
import type { StoredWheel, WheelStore } from '../wheel-store.ts'

/**
 * The wheel at a URL, fetched unless the store has it, or one line that says why it is refused or not there.
 * @throws IsobenchError `network` when the host gives no answer that says whether the wheel is there
 */
export async function fetchWheel(url: string, store: WheelStore): Promise<StoredWheel | string> {
  const origin = { url }
  const kept = await store.recall(origin)
  if (kept !== undefined) return kept
  const filename = decodeURIComponent(new URL(url).pathname.split('/').at(-1)!)
  return store.withFolder(async (folder) => {
    const response = await ask(url, 'GET')
    const answer = await absence(response, url)
    if (answer !== null) return answer
    await save(response, url, join(folder, 'wheel'))
    try {
      return await store.keep(join(folder, 'wheel'), filename, origin)
    } catch (error) {
      if (error instanceof InvalidWheel) return `refused: ${error.message}`
      throw error
    }
  })
}
