import type { Hub } from '../adapters/hub.ts'
import { IsobenchError } from '../errors.ts'

/** Names a revision for good. A tag that stands there already is no fault, one that stands elsewhere is. */
export async function tagRevision(
  { hub, log }: { readonly hub: Hub; readonly log: (message: string) => void },
  revision: string,
  name: string,
): Promise<void> {
  const made = await hub.tag(revision, name, `Release ${name}`)
  if (made) {
    log(`tagged ${revision.slice(0, 12)} as ${name}`)
    return
  }
  const at = await hub.resolve(name)
  if (at === revision) {
    log(`tagged already: ${name}`)
    return
  }
  throw new IsobenchError('bad-input', `tag \`${name}\` of ${hub.name} is another revision: ${at}`, {
    hint: 'a release does not move: choose a new name',
  })
}
