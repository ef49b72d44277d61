import { join } from 'node:path'
import { readTextIfPresent, writeAtomically } from '../adapters/files.ts'
import { canonicalJson, canonicalJsonLine } from '../domain/canonical-json.ts'
import { sha256 } from '../domain/digest.ts'
import { withoutMachine } from '../domain/trial.ts'
import { IsobenchError } from '../errors.ts'
import type { Analysis } from '../schema/analysis.ts'
import { StoredTrial } from '../schema/answer.ts'
import type { Environment } from '../schema/environment.ts'
import type { GenerationSettings } from '../schema/generation-settings.ts'
import type { Run } from '../schema/run-bundle.ts'
import type { StageContext } from './context.ts'
import { answerDirectory, answerMode } from './language-model.ts'

interface Tried {
  readonly settings: GenerationSettings
  readonly analysis: Analysis
  readonly environment: Environment
  readonly test: string
}

/**
 * A trial as it went when its answer was recorded, else `run` it and keep that. What a trial says goes into the next
 * request, so without it a clone without the device, or a day when it fails otherwise, could not replay the answers.
 */
export async function rememberedTrial(
  context: StageContext,
  tried: Tried,
  run: () => Promise<readonly Run[]>,
): Promise<Run[]> {
  const mode = answerMode()
  const file = join(answerDirectory(context), 'trials', `${keyOf(tried)}.json`)
  const text = mode === 'auto' || mode === 'replay' ? await readTextIfPresent(file) : undefined
  if (text !== undefined) return storedRuns(text, file)
  const runs = (await run()).map(withoutPlace)
  if (mode !== 'live') await writeAtomically(file, canonicalJson({ schema_version: 1, runs } satisfies StoredTrial))
  return runs
}

function storedRuns(text: string, file: string): Run[] {
  try {
    return StoredTrial.parse(JSON.parse(text)).runs
  } catch (cause) {
    throw new IsobenchError('corrupt-artifact', `not a stored trial: ${file}`, {
      hint: 'remove the file to try the test again',
      cause,
    })
  }
}

/** What a trial depends on, but for the machine. */
function keyOf({ settings, analysis, environment, test }: Tried): string {
  return sha256(
    canonicalJsonLine({
      test: sha256(test),
      base: [analysis.base_commit, environment.base?.wheel.sha256],
      head: [analysis.head_commit, environment.head?.wheel.sha256],
      functions: analysis.functions,
      settings: settings.trial,
    }),
  )
}

/** The run less paths of this machine: the file is meant to be committed. */
function withoutPlace(run: Run): Run {
  const message = run.message === null ? null : withoutMachine(run.message)
  return { ...run, message, stderr_tail: run.stderr_tail === null ? null : withoutMachine(run.stderr_tail) }
}
