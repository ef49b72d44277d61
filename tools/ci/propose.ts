import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { read, show } from './nx.ts'

/*
 * Looks for new commits in the repositories that have a `mining.yaml`, and proposes what it finds as a pull request:
 * `npm run ci:propose -- --limit 20`. `--mine` names another command than the generator; it gets `--repository` and
 * `--limit`. Without GITHUB_TOKEN and GITHUB_REPOSITORY the branch stays here.
 */
const { values } = parseArgs({
  options: {
    limit: { type: 'string', default: '20' },
    mine: { type: 'string', default: 'npx nx g nx-isobench:mine' },
    base: { type: 'string', default: 'main' },
  },
})
const repositories = readdirSync('commits').filter((name) => existsSync(`commits/${name}/mining.yaml`))
const [program, ...args] = values.mine.split(' ')
for (const name of repositories) show(program!, ...args, '--repository', name, '--limit', values.limit)

const changed = read('git', 'status', '--porcelain', '--untracked-files=all', '--', 'commits')
  .split('\n')
  .filter(Boolean)
const found = changed.filter((line) => line.endsWith('/commit.yaml')).map((line) => line.slice('?? '.length))
if (found.length === 0) console.log(`no new commit in ${repositories.length} repositories`)
else await propose()

async function propose(): Promise<void> {
  const branch = `proposed-commits-${new Date().toISOString().slice(0, 10)}`
  const title = `Proposed commits: ${found.length}`
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository } = process.env
  show('git', 'switch', '--quiet', '--force-create', branch)
  show('git', 'add', '--', 'commits')
  show('git', '-c', 'user.name=isobench', '-c', 'user.email=isobench@localhost', 'commit', '--quiet', '-m', title)
  console.log(`${branch}: ${title}`)
  if (token === undefined || repository === undefined) return
  show('git', 'push', '--quiet', '--force', 'origin', branch)
  const answer = await fetch(`${process.env['GITHUB_API_URL']}/repos/${repository}/pulls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
    body: JSON.stringify({ title, head: branch, base: values.base, body: found.map((file) => `- ${file}`).join('\n') }),
  })
  const text = await answer.text()
  const exists = answer.status === 422 && text.includes('already exists')
  if (!answer.ok && !exists) throw new Error(`no pull request: ${answer.status} ${text.slice(0, 500)}`)
  console.log(exists ? 'the pull request of today is there already' : 'a pull request is open')
}
