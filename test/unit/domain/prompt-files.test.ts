import { expect, test } from 'vitest'
import { firstMessages, roomForChange } from '../../../plugins/isobench/src/domain/prompt.ts'
import { readPromptFiles } from '../../../plugins/isobench/src/domain/prompt-files.ts'
import type { IsobenchError } from '../../../plugins/isobench/src/errors.ts'

const head = 'id: short\nversion: 3\ncontract: 1\nmax_input_tokens: 1000\n'
const files = { system: `---\n${head}---\nRules for {{package}}.\n`, user: '{{change}}', repair: '{{diagnostics}}' }
const variables = { package: 'demo', distribution: 'demo', python: '3.11', change: 'THE CHANGE' }

const failure = (system: string): string => {
  try {
    firstMessages(readPromptFiles('prompts/mine', { ...files, system }), variables)
  } catch (error) {
    return (error as IsobenchError).message
  }
  throw new Error('expected a failure')
}

test('the head is read and is no part of the message', () => {
  const prompt = readPromptFiles('prompts/mine', files)
  expect(prompt.header).toEqual({ id: 'short', version: 3, contract: 1, max_input_tokens: 1000 })
  expect(firstMessages(prompt, variables)[0]!.content).toBe('Rules for demo.\n')
})

test('the change gets what the head leaves of the prompt, and no more than the settings allow', () => {
  const prompt = readPromptFiles('prompts/mine', files)
  expect(roomForChange(prompt, 60_000)).toBe(3500 - 'Rules for {{package}}.\n'.length - '{{change}}'.length)
  expect(roomForChange(prompt, 2000)).toBe(2000)
})

test.each([
  ['no head', 'Rules.', 'prompts/mine/system.md:1:1: no head between two lines `---`'],
  ['an unknown key', `---\n${head}model: x\n---\n`, 'prompts/mine/system.md:6:1: unknown key at `model`'],
  [
    'another contract',
    `---\n${head.replace('contract: 1', 'contract: 2')}---\n`,
    'prompts/mine/system.md:4:11: the tool knows contract 1 alone: `setup`, `experiment`, `digest`, `metrics` at `contract`',
  ],
  ['an unknown variable', `---\n${head}---\nOne\n{{two}}\n`, 'prompts/mine/system.md:8:1: unknown variable: two'],
])('%s', (_name, system, message) => {
  expect(failure(system)).toBe(message)
})
