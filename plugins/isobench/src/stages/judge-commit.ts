import type { History } from '../adapters/git-history.ts'
import type { LanguageModel } from '../adapters/language-model.ts'
import { parseDiff } from '../domain/diff.ts'
import { rankedHunks } from '../domain/hunks.ts'
import { type JudgePrompt, judgeAnswer, judgeMessages, readVerdict } from '../domain/mining/judge.ts'
import type { JudgeEvidence } from '../schema/evidence.ts'
import type { MiningSettings } from '../schema/mining-settings.ts'
import type { RepositoryInput } from '../schema/repository.ts'
import type { Candidate } from './mine.ts'

export interface JudgeInput {
  readonly repository: RepositoryInput
  readonly settings: NonNullable<MiningSettings['judge']>
  readonly prompt: JudgePrompt
}

export interface JudgeEffects {
  readonly model: LanguageModel
  readonly history: Pick<History, 'patch'>
}

/** Room for a verdict, and for the reasoning of a model that thinks first. */
const defaultOutputTokens = 8000
const tries = 2

/**
 * Asks the model whether a commit is a performance commit. An answer that cannot be read is asked for once more; then
 * it is `unreadable`, which speaks neither for nor against the commit.
 * @throws IsobenchError as the model does
 */
export async function judgeCommit(
  { facts, files, pullRequest }: Candidate,
  { repository, settings, prompt }: JudgeInput,
  { model, history }: JudgeEffects,
): Promise<JudgeEvidence> {
  const diffs = parseDiff(await history.patch(facts.parents[0]!, facts.hash))
  const hunks = rankedHunks(diffs, files, repository.settings)
  const names = { repository: repository.name, package: repository.settings.package.import }
  const change = { message: facts.message, pullRequest, files, hunks }
  const request = {
    model: settings.model,
    messages: judgeMessages(prompt, names, change, settings.max_prompt_characters),
    maxOutputTokens: settings.max_output_tokens ?? defaultOutputTokens,
    effort: settings.effort,
    structuredOutput: settings.structured_output ? judgeAnswer : undefined,
    parameters: settings.parameters,
  }
  for (let attempt = 0; attempt < tries; attempt++) {
    const { text } = await model.complete({ ...request, attempt })
    const verdict = readVerdict(text ?? '')
    if (verdict !== null) return { model: settings.model, ...verdict }
  }
  return { model: settings.model, answer: 'unreadable', confidence: null, reason: `no verdict in ${tries} answers` }
}
