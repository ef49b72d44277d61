import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MiningRules, miningRules } from '../../plugins/isobench/src/domain/mining/rules.ts'

const file = join(import.meta.dirname, '../../plugins/isobench/mining/defaults.yaml')
const defaults = { file, text: readFileSync(file, 'utf8') }

/** The filters that the package comes with, and what a mining.yaml puts in their place. */
export function rulesWith(text?: string): MiningRules {
  return miningRules(defaults, text === undefined ? undefined : { file: 'mining.yaml', text })
}
