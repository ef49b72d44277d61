import { type Answer, type Hub, type Question, failure } from './hub-protocol.ts'
import { download, history, info, pathsInfo, refs, tree } from './hub-reading.ts'
import { addCommit, branch, create, large, preupload, store, tag, validateCard } from './hub-writing.ts'

/** The answer to one request, and its effect on the Hub. */
export function answerTo(hub: Hub, question: Question): Answer {
  const url = new URL(question.path, hub.url)
  const path = decodeURIComponent(url.pathname)
  const storage = /^\/storage\/([^/]+\/[^/]+)\/([0-9a-f]{64})(?:\/(\d+))?$/.exec(path)
  if (storage !== null) return store(hub, question, storage)
  if (question.token !== null && !hub.tokens.has(question.token)) return failure(401, 'Invalid credentials')
  if (path === '/api/whoami-v2') {
    return question.token === null
      ? failure(401, 'Unauthorized')
      : { status: 200, body: { name: 'tester', type: 'user' } }
  }
  if (path === '/api/validate-yaml') return validateCard(question)
  if (path === '/api/repos/create') return create(hub, question)
  const call = /^\/api\/datasets\/([^/]+\/[^/]+)(?:\/([^/]+)(?:\/(.*))?)?$/.exec(path)
  const batch = /^\/datasets\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(path)
  const file = /^\/datasets\/([^/]+\/[^/]+)\/(?:resolve|raw)\/(refs\/(?:pr|convert)\/[^/]+|[^/]+)\/(.+)$/.exec(path)
  const name = (call ?? batch ?? file)?.[1]
  const repository = name === undefined ? undefined : hub.repositories.get(name)
  if (repository === undefined || (repository.isPrivate && question.token === null)) {
    return failure(question.token === null ? 401 : 404, 'Repository not found', 'RepoNotFound')
  }
  if (batch !== null) return large(hub, repository, question)
  if (file !== null) return download(repository, file[2]!, file[3]!, question)
  const [, , verb, rest = ''] = call!
  if (question.method === 'POST' && question.token === null) return failure(403, 'No right to write')
  switch (verb) {
    case undefined:
      return info(hub, repository, 'main', url)
    case 'revision':
      return info(hub, repository, rest, url)
    case 'tree':
      return tree(hub, repository, rest, url)
    case 'paths-info':
      return pathsInfo(repository, rest, question)
    case 'preupload':
      return preupload(hub, repository, rest, question)
    case 'commit':
      return addCommit(hub, repository, rest, url, question)
    case 'tag':
      return tag(repository, rest, question)
    case 'branch':
      return branch(repository, rest, question)
    case 'refs':
      return refs(repository, url)
    case 'commits':
      return { status: 200, body: history(repository, rest) }
    default:
      return failure(404, `no such call: ${path}`)
  }
}
