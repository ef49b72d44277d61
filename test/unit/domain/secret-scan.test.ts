import { expect, test } from 'vitest'
import { findings } from '../../../plugins/isobench/src/domain/secret-scan.ts'

const rules = { secrets: new Map([['SERVICE_TOKEN', 'correct horse battery']]), allowed: [] }
const kinds = (text: string): string[] => findings(text, rules).map(({ kind, text: shown }) => shown ?? kind)
const dashes = '-----'
const letters = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6nO9r'

// Put together here, so that no scanner of repositories takes this file for a leak.
test.each([
  [`hf_${letters.slice(0, 34)}`, 'Hugging Face token'],
  [`sk-${letters.slice(0, 24)}`, 'API key'],
  [`sk-proj-${letters}`, 'API key'],
  [`sk-ant-api03-${letters}`, 'API key'],
  [['AKIA', 'IOSFODNN7EXAMPLE'].join(''), 'AWS access key'],
  [`ghp_${letters.slice(0, 36)}`, 'GitHub token'],
  [`github_pat_${letters}`, 'GitHub token'],
  [`glpat-${letters.slice(0, 20)}`, 'GitLab token'],
  [`AIza${letters.slice(0, 35)}`, 'Google API key'],
  [`xoxb-${letters.slice(0, 20)}`, 'Slack token'],
  [`${dashes}BEGIN RSA PRIVATE KEY${dashes}`, 'private key'],
  [`${dashes}BEGIN PRIVATE KEY${dashes}`, 'private key'],
  ['the correct horse battery staple', 'value of SERVICE_TOKEN'],
  ['File "/home/alice/vllm/engine.py"', '/home/alice/'],
  ['/Users/bob/x', '/Users/bob/'],
  [String.raw`C:\Users\carol\x`, `C:\\Users\\carol\\`],
  [String.raw`C:\\Users\\carol\\x`, String.raw`C:\\Users\\carol` + '\\'],
])('%s is found', (text, kind) => {
  expect(kinds(`before "${text}" after`)).toEqual([kind])
})

test.each([
  'hf_hub_download("hf_test")',
  'from sk-learn-contrib import risk-aware-scheduling-of-everything',
  'task-scheduling-0123456789-abcdefghijklmn',
  '/home/user/data, /home/ubuntu/x, /home/$USER/x, /home/<name>/x, https://example.org/home/page/x',
  'BEGIN PUBLIC KEY',
  'AKIAIO',
])('%s is nothing', (text) => {
  expect(kinds(text)).toEqual([])
})

test('findings come in order with their places, and never show a secret', () => {
  const found = findings(`a correct horse battery b /home/alice/ c hf_${letters}`, rules)
  expect(found).toEqual([
    { kind: 'value of SERVICE_TOKEN', index: 2, text: null },
    { kind: 'home folder', index: 26, text: '/home/alice/' },
    { kind: 'Hugging Face token', index: 41, text: null },
  ])
})

test('what is allowed word for word is no finding', () => {
  const allowed = ['/home/alice/', `hf_${letters}`]
  expect(findings(`/home/alice/x hf_${letters} /home/bob/x`, { ...rules, allowed }).map(({ text }) => text)).toEqual([
    '/home/bob/',
  ])
})
