import { canonicalJson } from '../../plugins/isobench/src/domain/canonical-json.ts'
import type { CommitRecord } from '../../plugins/isobench/src/schema/record.ts'
import type { MemberSource } from '../../plugins/isobench/src/stages/dataset-members.ts'
import { digestOf } from './artifacts.ts'
import { sampleRecord } from './records.ts'
import { randomNumbers } from './runs.ts'

const base = sampleRecord('synthetic')
const words = 'tensor kernel cache block scheduler token batch attention device stream graph page layer weight'.split(
  ' ',
)

/** A record of about 9 KB with text and figures of its own; equal numbers give equal records. */
export function syntheticRecord(number: number): CommitRecord {
  const random = randomNumbers(number + 1)
  const text = (length: number): string => {
    const parts: string[] = []
    for (let size = 0; size < length; size += parts.at(-1)!.length + 1) {
      parts.push(random() < 0.3 ? random().toString(36).slice(2) : words[Math.floor(random() * words.length)]!)
    }
    return parts.join(' ')
  }
  const head = digestOf(`head ${number}`).slice(0, 40)
  const seconds = (): number[] => Array.from({ length: 20 }, () => 0.1 + random() / 100)
  return {
    ...base,
    instance_id: idOf(number),
    head_commit: head,
    base_commit: digestOf(`base ${number}`).slice(0, 40),
    commit_date: new Date(1_600_000_000_000 + number * 3_600_000).toISOString().replace('.000', ''),
    commit_subject: text(60),
    commit_message: text(1500),
    efficiency_test: text(3200),
    base_performance: seconds(),
    head_performance: seconds(),
    p_value: random(),
    provenance: { ...base.provenance, runs_sha256: null },
  }
}

/** So many commits with synthetic records; each text is made when it is read. */
export function syntheticMembers(
  count: number,
  change: (record: CommitRecord, number: number) => CommitRecord = (record) => record,
): MemberSource[] {
  return Array.from({ length: count }, (_, number) => ({
    instanceId: idOf(number),
    record: async () => canonicalJson(change(syntheticRecord(number), number)),
    measured: async () => null,
  }))
}

function idOf(number: number): string {
  return `synthetic-${digestOf(`head ${number}`).slice(0, 10)}`
}
