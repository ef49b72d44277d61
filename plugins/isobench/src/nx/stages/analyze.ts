import { join } from 'node:path'
import { readTextIfPresent, sha256 } from '../../adapters/files.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { IsobenchError } from '../../errors.ts'
import type { Commit } from '../../schema/commit.ts'
import { analyze } from '../../stages/analyze.ts'
import type { StageContext } from '../context.ts'
import type { Outputs } from '../outputs.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const [repository, commit] = await Promise.all([context.repository(), context.commit()])
  const extraction = await readExtraction(context, commit)
  const analysis = await analyze(
    { repository, commit, ...(extraction === undefined ? {} : { extraction }) },
    { git: context.git },
  )
  return { 'analysis.json': canonicalJson(analysis) }
}

async function readExtraction(context: StageContext, commit: Commit): Promise<string | undefined> {
  if (commit.extraction === undefined) return undefined
  const { path, sha256: expected } = commit.extraction
  const text = await readTextIfPresent(join(context.workspaceRoot, path))
  if (text === undefined) throw new IsobenchError('bad-input', `no such extraction: ${path}`)
  const actual = sha256(text)
  if (actual === expected) return text
  throw new IsobenchError('bad-input', `extraction has changed since it was imported: ${path}: ${actual}`, {
    hint: `import it again, or put this digest into ${context.projectRoot}/commit.yaml`,
  })
}
