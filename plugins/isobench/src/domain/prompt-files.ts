import { IsobenchError } from '../errors.ts'
import { PromptHeader } from '../schema/prompt.ts'
import type { PromptTemplates } from './prompt.ts'
import { parseSettings } from './settings.ts'

/**
 * Reads the three files of a prompt.
 * @throws IsobenchError `bad-input` with file:line:column for a head that is missing or not as it should be
 */
export function readPromptFiles(
  folder: string,
  { system, user, repair }: { readonly system: string; readonly user: string; readonly repair: string },
): PromptTemplates {
  const file = `${folder}/system.md`
  const [whole, head = ''] = /^---\r?\n(.*?)^---\r?\n/ms.exec(system) ?? []
  if (whole === undefined) {
    throw new IsobenchError('bad-input', `${file}:1:1: no head between two lines \`---\``, {
      hint: 'it says id, version, contract and max_input_tokens; the built-in prompts/system.md is an example',
    })
  }
  const header = parseSettings(PromptHeader, `\n${head}`, file)
  const systemFirstLine = whole.split('\n').length
  return { folder, header, system: system.slice(whole.length), systemFirstLine, user, repair }
}
