import { posix } from 'node:path'
import type { ChangedFile } from '../schema/analysis.ts'
import type { Repository } from '../schema/repository.ts'
import { pathInPackage } from './python-module.ts'

type Role = ChangedFile['role']
type FileFacts = Pick<ChangedFile, 'path' | 'change' | 'lines_added'>

const binaryName =
  /\.(a|bin|bz2|dll|dylib|exe|gif|gz|ico|jpe?g|npy|npz|onnx|pdf|pkl|png|pt|pyc|safetensors|so|tar|tgz|ttf|webp|whl|woff2?|xz|zip)$/i
const lockName = /(^|\/)([^/]*\.lock|[^/]*[.-]lock\.(json|yaml|yml|toml|txt)|npm-shrinkwrap\.json|go\.sum)$/i
const generatedName =
  /(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|\.min\.(js|css)|\.snap|(^|\/)_version\.py)$|(^|\/)(__)?generated(__)?\//i
const ciName =
  /^\.(github|buildkite|circleci|gitlab|azure-pipelines|devcontainer|jenkins|husky)\/|(^|\/)(\.gitlab-ci[^/]*|\.travis\.yml|azure-pipelines[^/]*|Jenkinsfile|\.pre-commit[^/]*|\.?codecov\.ya?ml|\.coveragerc|tox\.ini|noxfile\.py|\.git(ignore|attributes|modules|-blame-ignore-revs)|\.dockerignore|\.editorconfig|[^/]*Dockerfile[^/]*)$|(^|\/)docker\//i
const testName = /(^|\/)(tests?|unit_?tests)\/|(^|\/)(test_[^/]*|[^/]*_tests?\.[^/.]+|conftest\.py)$/i
const benchmarkName = /(^|\/)bench(marks?|marking)?\/|(^|\/)(bench(mark)?_[^/]*|[^/]*_bench(mark)?s?\.[^/.]+)$/i
const documentationFolder = /(^|\/)(docs?|documentation|examples?|tutorials?)\//i
const documentationName =
  /\.(md|mdx|rst|adoc|ipynb|svg)$|(^|\/)(README|CHANGES|CHANGELOG|NEWS|HISTORY|AUTHORS|CONTRIBUTORS|CODEOWNERS|LICEN[CS]E|NOTICE)[^/]*$/i
const nativeName =
  /\.(c|cc|cpp|cxx|cu|cuh|h|hh|hpp|hip|inl|metal|mm|rs|go|pyx|pxd|pxi|s|asm|f|f90|cl|cmake)$|(^|\/)CMakeLists\.txt$/i
const configurationName =
  /\.(toml|cfg|ini|ya?ml|json|jsonc|env|properties)$|(^|\/)(setup\.py|MANIFEST\.in|Makefile|BUILD|BUILD\.bazel|meson\.build)$|(^|\/)(requirements|constraints)[^/]*$/i

/** What a changed file is for, by its path: the first rule that fits decides. */
export function roleOf(file: FileFacts, repository: Pick<Repository, 'package' | 'native_paths'>): Role {
  const inside = pathInPackage(file.path, repository)
  // The folders above the package say nothing of a file in it: a package may be called `docs`.
  const path = inside === null || inside === '.py' ? file.path : inside.slice(1)
  const python = file.path.endsWith('.py') || file.path.endsWith('.pyi')
  if (file.change === 'submodule') return 'other'
  if (file.lines_added === null || binaryName.test(path)) return 'binary'
  if (lockName.test(path)) return 'lock'
  if (generatedName.test(path)) return 'generated'
  if (ciName.test(path)) return 'ci'
  if (isNative(file.path, repository)) return 'native'
  if (testName.test(path)) return 'test'
  if (benchmarkName.test(path)) return 'benchmark'
  if (documentationFolder.test(path) && !(python && inside !== null)) return 'documentation'
  if (documentationName.test(path)) return 'documentation'
  if (nativeName.test(path)) return 'native'
  if (configurationName.test(path)) return 'configuration'
  if (python || inside !== null) return 'source'
  return 'other'
}

/** Whether a change needs compiling: by `native_paths` where the settings have it, else by the kind of file. */
export function changesNativeCode(file: ChangedFile, repository: Pick<Repository, 'native_paths'>): boolean {
  if (repository.native_paths === undefined) return file.role === 'native' || file.change === 'submodule'
  return isNative(file.path, repository) || (file.old_path !== null && isNative(file.old_path, repository))
}

function isNative(path: string, repository: Pick<Repository, 'native_paths'>): boolean {
  return repository.native_paths?.some((glob) => posix.matchesGlob(path, glob)) === true
}
