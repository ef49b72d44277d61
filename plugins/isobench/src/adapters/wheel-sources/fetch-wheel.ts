import { join } from 'node:path'
import { decodedName } from '../../domain/commit-wheels.ts'
import { objection } from '../../domain/wheel-answer.ts'
import { type WantedContent, contradiction } from '../../domain/wheel-content.ts'
import { absence, ask, save } from '../http.ts'
import { InvalidWheel } from '../wheel.ts'
import type { StoredWheel, WheelStore } from '../wheel-store.ts'

/**
 * The wheel at a URL, fetched unless the store has it, or one line that says why it is refused or not there. What it
 * says of itself is checked here, before anything is installed.
 * @throws IsobenchError `network` when the host gives no answer that says whether the wheel is there
 */
export async function fetchWheel(url: string, store: WheelStore, wanted: WantedContent): Promise<StoredWheel | string> {
  const wheel = (await store.recall({ url })) ?? (await fetchInto(store, url, wanted))
  return typeof wheel === 'string' ? wheel : (contradiction(wheel, wanted) ?? wheel)
}

function fetchInto(store: WheelStore, url: string, wanted: WantedContent): Promise<StoredWheel | string> {
  return store.withFolder(async (folder) => {
    const response = await ask(url, 'GET')
    const answer = await absence(response, url, wanted.forbiddenIsAbsent)
    if (answer !== null) return answer
    await save(response, url, join(folder, 'wheel'))
    try {
      return await store.keep(join(folder, 'wheel'), decodedName(new URL(url)), { url })
    } catch (error) {
      if (error instanceof InvalidWheel) return objection('invalid', error.message)
      throw error
    }
  })
}
