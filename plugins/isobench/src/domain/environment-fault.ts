import { type Outcome, type Reason, failed } from '../schema/outcome.ts'
import type { Run } from '../schema/run-bundle.ts'

interface Fault {
  readonly reason: Extract<Reason, 'dependency-incompatible' | 'binary-incompatible'>
  /** What the crash says, on a line of its own or within one */
  readonly sign: RegExp
  /** The cause, then what to do about it */
  readonly cause: string
}

/**
 * Environments that install and do not work, as they show when a package is imported (reference/wheels.md §1.3). A
 * missing GPU driver or an old C library is the machine's, and stands for neither.
 */
const faults: readonly Fault[] = [
  {
    reason: 'dependency-incompatible',
    sign: /all_special_tokens_extended|TokenizersBackend/,
    cause: 'transformers is too new, set e.g. `transformers<4.47`',
  },
  {
    reason: 'dependency-incompatible',
    sign: /numpy\.lib\.function_base|compiled using NumPy 1\.x cannot be run in/,
    cause: 'numpy 2 is too new, set `numpy<2`',
  },
  {
    reason: 'dependency-incompatible',
    sign: /No module named '?pyairports|from '?pyairports/,
    cause: 'pyairports is gone from the index or empty, set e.g. `outlines==0.0.46` or a wheel of it by its URL',
  },
  {
    reason: 'dependency-incompatible',
    sign: /type 'array\.array' is not subscriptable/,
    cause: 'flashinfer does not run with this Python, set a newer flashinfer or Python 3.12',
  },
  {
    reason: 'dependency-incompatible',
    sign: /\bregister_constant\b/,
    cause: 'the pins of sglang contradict each other, set torch and its companions for this commit',
  },
  {
    reason: 'binary-incompatible',
    sign: /undefined symbol: \S+/,
    cause: 'a compiled extension was built for another torch, never override torch',
  },
  {
    reason: 'binary-incompatible',
    sign: /lib(?!cuda\.)[\w-]+\.so[.\d]*: cannot open shared object file/,
    cause: 'a compiled extension wants the libraries of another CUDA, choose `variant` and torch of one CUDA',
  },
]

/** The outcome of a process that crashed because its environment does not work; null for any other end. */
export function environmentFault({ result, side, message, stderr_tail }: Run): Outcome | null {
  if (result !== 'test-crashed') return null
  const lines = [message ?? '', ...(stderr_tail ?? '').split('\n').toReversed()]
  const fault = faults.find(({ sign }) => lines.some((line) => sign.test(line)))
  if (fault === undefined) return null
  const line = lines.find((each) => fault.sign.test(each))!.trim()
  return failed(fault.reason, `${fault.cause}: ${withoutFolders(line)}`, side)
}

/** Folders differ from machine to machine. */
function withoutFolders(line: string): string {
  return line.replaceAll(/(?:\/[^\s"'`:,;()<>|]+)+\//g, '')
}
