import type { Tree } from '@nx/devkit'
import { IsobenchError } from '../../errors.ts'
import { Repository } from '../../schema/repository.ts'
import { type RepositoryFacts, repositoryFacts } from './known-repositories.ts'
import { settingsText } from './settings-text.ts'

/**
 * The text of repository.yaml and the measurement settings of a repository: the file that is there, or what is known,
 * or what the name suggests.
 * @param url where to clone from; needed when the repository is not known
 * @throws IsobenchError `bad-input` without any source for the URL
 */
export function repositoryOf(
  tree: Tree,
  name: string,
  url: string | undefined,
): { readonly repository: string; readonly measurement: RepositoryFacts['measurement'] } {
  const file = `commits/${name}/repository.yaml`
  const facts = repositoryFacts[name]
  const measurement = facts?.measurement ?? {}
  const present = tree.read(file, 'utf8')
  if (present !== null) return { repository: present, measurement }
  if (facts !== undefined) {
    const settings = { ...facts.repository, ...(url === undefined ? {} : { url }) }
    return { repository: settingsText(Repository, file, settings), measurement }
  }
  if (url === undefined) {
    throw new IsobenchError('bad-input', `nobody knows where to clone the repository from: ${name}`, {
      hint: `give \`--url\`, or write ${file} first`,
    })
  }
  return { repository: settingsText(Repository, file, suggested(name, url), remarks), measurement }
}

const remarks = ['Check `package` and `wheels`: they are guessed from the name of the repository.']

function suggested(name: string, url: string): Repository {
  return { url, package: { name, import: name.replaceAll(/[.-]/g, '_') }, wheels: [{ kind: 'build' }] }
}
