import { afterEach, expect } from 'vitest'
import { pythonSyntax } from '../../plugins/isobench/src/adapters/python-syntax.ts'
import { readPromptFiles } from '../../plugins/isobench/src/domain/prompt-files.ts'
import { Generation } from '../../plugins/isobench/src/schema/generation.ts'
import { GenerationSettings } from '../../plugins/isobench/src/schema/generation-settings.ts'
import {
  type GenerateTestEffects,
  type GenerateTestInput,
  generateTest,
} from '../../plugins/isobench/src/stages/generate-test.ts'
import { digestOf, sampleAnalysis, sampleEnvironment, sampleRepository } from './artifacts.ts'
import { type ModelRig, rigEffort, rigProvider, startModelRig } from './model-rig.ts'
import type { ModelRequest, Reply } from './model-server.ts'
import { trialRun } from './trial-run.ts'

const footer = '\n\n# Appended by the tool.\nif __name__ == "__main__":\n    print(experiment(setup()))\n'
export const good =
  'import demo\n\n\ndef setup():\n    return "text"\n\n\ndef experiment(state):\n    return demo.parse(state)\n'
export const goodTest = `${good}\n\n${footer.trimStart()}`
export const fenced = (code: string): Reply => ({ content: `\`\`\`python\n${code}\`\`\`` })
export const prompt = readPromptFiles('prompts', {
  system: '---\nid: rig\nversion: 1\ncontract: 1\nmax_input_tokens: 20000\n---\nRules.',
  user: '{{change}}',
  repair: '{{diagnostics}}',
})

/** The tests that were tried since the last one began. */
export const trials: string[] = []
const open: ModelRig[] = []

afterEach(async () => {
  trials.length = 0
  await Promise.all(open.splice(0).map((rig) => rig.server.close()))
})

export function inputOf(overrides: Partial<GenerateTestInput> = {}, settings: object = {}): GenerateTestInput {
  return {
    repository: { name: 'demo', settings: sampleRepository() },
    analysis: sampleAnalysis(),
    environment: sampleEnvironment(),
    settings: GenerationSettings.parse(settings),
    prompt,
    ...overrides,
  }
}

export const effects = (overrides: Partial<GenerateTestEffects> = {}): GenerateTestEffects => ({
  model: () => Promise.reject(new Error('no model may be asked')),
  python: pythonSyntax(async () => 'python3'),
  signatures: async () => ({ base: {}, head: {} }),
  types: { check: async (tests) => tests.map(() => []) },
  trial: async (text) => {
    trials.push(text)
    return [trialRun('base'), trialRun('head')]
  },
  footer,
  log: () => undefined,
  ...overrides,
})

/** A loopback server that gives these replies, closed after the test. */
export async function modelOf(
  ...replies: Reply[] | [(request: ModelRequest, index: number) => Reply]
): Promise<ModelRig> {
  const [first] = replies
  const rig = await startModelRig(typeof first === 'function' ? first : (replies as Reply[]))
  open.push(rig)
  return rig
}

/** Generates with a real client of that server. */
export async function generate(
  rig: ModelRig,
  settings: object = {},
  overrides: Partial<GenerateTestEffects> = {},
  different: Partial<GenerateTestInput> = {},
) {
  const endpoint = { base_url: rig.server.url, effort: rigEffort }
  const input = inputOf(
    { provider: rigProvider(rig.server.url, { structured_output: true }), ...different },
    { provider: endpoint, model: 'model-a', ...settings },
  )
  const asked = effects({ model: async () => rig.client(), ...overrides })
  const { generation, test: text } = await generateTest(input, asked)
  expect(Generation.parse(generation)).toEqual(generation)
  expect(generation.test_sha256).toBe(text === null ? null : digestOf(text))
  return { generation, text, results: generation.attempts.map(({ kind, result }) => `${kind} ${result}`) }
}
