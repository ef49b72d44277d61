import { expect, it } from 'vitest'
import { redact } from '../../../plugins/isobench/src/nx/redact.ts'

it('takes secrets out of what is printed', () => {
  const environment = { OPENAI_API_KEY: 'sk-canary-123456', HF_TOKEN: 'hf_canary', PATH: '/usr/bin', SHORT_KEY: 'a' }
  expect(redact('key sk-canary-123456 and hf_canary in /usr/bin', environment)).toBe(
    'key [OPENAI_API_KEY] and [HF_TOKEN] in /usr/bin',
  )
})
