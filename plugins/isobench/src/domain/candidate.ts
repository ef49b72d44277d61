import type { Analysis, CandidateFlag, ChangedFile } from '../schema/analysis.ts'
import { type Outcome, failed, ok } from '../schema/outcome.ts'
import type { FileDiff } from './diff.ts'

type Role = ChangedFile['role']

/** What is known of a commit that has a base. */
export interface CandidateFacts {
  readonly subject: string
  readonly parents: number
  readonly files: readonly ChangedFile[]
}

/** Roles that can make a program faster; `other` may, as nothing is known of it. */
const telling = new Set<Role>(['source', 'native', 'configuration', 'other'])

/**
 * Why a commit is no candidate; every flag rules it out. What can be told wrongly is flagged only where nothing speaks
 * against it: other hardware, or several devices, when every telling file is about them.
 */
export function candidateFlags(facts: CandidateFacts): CandidateFlag[] {
  const { files } = facts
  const about = files.filter((file) => telling.has(file.role))
  const allAbout = (words: RegExp) => about.length > 0 && about.every((file) => words.test(file.path))
  const flags: [CandidateFlag, boolean][] = [
    ['revert', isRevert(facts.subject)],
    ['merge', facts.parents > 1],
    ['empty', files.length === 0],
    ['docs-only', isOnly(files, 'documentation')],
    ['tests-only', isOnly(files, 'test', 'benchmark', 'documentation') && !isOnly(files, 'documentation')],
    ['ci-only', about.length === 0 && files.some((file) => ['ci', 'lock', 'generated'].includes(file.role))],
    ['needs-several-devices', allAbout(severalDevices)],
    ['other-hardware', allAbout(otherHardware) || otherHardwareTag.test(facts.subject)],
  ]
  return flags.filter(([, applies]) => applies).map(([flag]) => flag)
}

/** The flags that the subject alone gives, where no more is known of a commit. */
export function subjectFlags(subject: string): CandidateFlag[] {
  return [
    ...(isRevert(subject) ? ['revert' as const] : []),
    ...(otherHardwareTag.test(subject) ? ['other-hardware' as const] : []),
  ]
}

/** Whether all files have these roles; a binary file goes with any of them, as a picture does with documentation. */
function isOnly(files: readonly ChangedFile[], ...roles: Role[]): boolean {
  const readable = files.filter((file) => file.role !== 'binary')
  return readable.length > 0 && readable.every((file) => roles.includes(file.role))
}

const severalDevices =
  /(^|\/)(distributed|device_communicators|parallel_utils|tensor_parallel|pipeline_parallel)\/|(all_?reduce|all_?gather|all_?to_?all|reduce_?scatter|nccl|nvshmem|deep_?ep)[^/]*$/i
const otherHardware = /(^|[^a-z])(tpu|xpu|hpu|npu|gaudi|neuron|rocm|hip|amd|openvino|ascend)([^a-z]|$)/i
const otherHardwareTag = /^\s*(\[[^\]]*\]\s*)*\[(tpu|xpu|hpu|npu|gaudi|neuron|ascend|openvino)\]/i

/** `Revert "…"`, also behind tags; a revert of a revert is none. */
export function isRevert(subject: string): boolean {
  const start = /^\s*(?:\[[^\]]*\]\s*)*((?:revert(?:s|ed)?\b[\s:"'“]*)*)/i.exec(subject)?.[1] ?? ''
  return (start.match(/revert/gi)?.length ?? 0) % 2 === 1
}

/** The outcome of a commit with a base. */
export function candidateOutcome(flags: readonly CandidateFlag[]): Outcome {
  return flags.length === 0 ? ok : failed('not-a-candidate', `no performance change to measure: ${flags.join(', ')}`)
}

/**
 * What kind of code the commit changes, by changed lines: kernels (native code, or kernels in Python), the model and
 * its layers, or the program around them. `other` when no code of any kind changes.
 */
export function changeClass(files: readonly ChangedFile[], diffs: readonly FileDiff[]): Analysis['change_class'] {
  const kernels = new Set(diffs.filter(definesKernel).map((diff) => diff.path))
  const lines = { kernel: 0, model: 0, runtime: 0 }
  for (const file of files.filter(({ role }) => role === 'source' || role === 'native')) {
    const isKernel = file.role === 'native' || kernelPath.test(file.path) || kernels.has(file.path)
    const kind = isKernel ? 'kernel' : modelPath.test(file.path) ? 'model' : 'runtime'
    lines[kind] += (file.lines_added ?? 0) + (file.lines_removed ?? 0) + 1
  }
  const most = Math.max(lines.kernel, lines.model, lines.runtime)
  if (most === 0) return 'other'
  return lines.kernel === most ? 'kernel' : lines.model === most ? 'model' : 'runtime'
}

const kernelPath =
  /(^|\/)(csrc|kernels?|ops|triton[^/]*|cuda|cutlass|[^/]*_kernels?\.py|[^/]*custom_ops[^/]*)(\/|\.py$|$)/i
const modelPath = /(^|\/)(models?|modeling|modeling_[^/]*|model_executor|layers?|attention|modules|nn)(\/|\.py$)/i

function definesKernel(diff: FileDiff): boolean {
  return diff.hunks.some((hunk) =>
    hunk.lines.some((line) => /^[ +-]\s*@(triton\.(jit|autotune|heuristics)|cuda\.jit|cute\.jit)\b/.test(line)),
  )
}
