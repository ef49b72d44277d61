import { isWithin } from '../python-names.ts'
import { type PythonNode, child, children, constantText, text } from '../python-tree.ts'
import type { Diagnostic, TestRule } from './rules.ts'
import { type Script, finding } from './script.ts'

/** Modules, functions and builtins that a test does without: each path with all below it. */
const banned: Readonly<Partial<Record<TestRule, string>>> = {
  network:
    'socket ssl http urllib.request urllib3 requests httpx aiohttp websocket websockets ftplib smtplib imaplib poplib ' +
    'telnetlib xmlrpc paramiko boto3 botocore socketserver asyncio.open_connection asyncio.start_server ' +
    'huggingface_hub.snapshot_download huggingface_hub.hf_hub_download torch.hub datasets.load_dataset wandb',
  subprocess:
    'subprocess pty multiprocessing.Process multiprocessing.Pool multiprocessing.Manager multiprocessing.get_context ' +
    'torch.multiprocessing.spawn torch.multiprocessing.Process torch.multiprocessing.Pool ' +
    'concurrent.futures.ProcessPoolExecutor asyncio.subprocess asyncio.create_subprocess_exec asyncio.create_subprocess_shell os.system ' +
    'os.popen os.fork os.forkpty os.posix_spawn os.posix_spawnp os.execl os.execle os.execlp os.execv os.execve ' +
    'os.execvp os.execvpe os.spawnl os.spawnle os.spawnlp os.spawnv os.spawnve os.spawnvp os.kill os.killpg os.setsid ' +
    'pip ensurepip',
  'dynamic-code':
    'builtins.exec builtins.eval builtins.compile builtins.__import__ builtins.globals builtins.locals ' +
    'builtins.breakpoint builtins.__builtins__ builtins.__loader__ builtins.__spec__ code codeop runpy imp ' +
    'importlib.import_module importlib.reload importlib.util importlib.machinery importlib.__import__',
  environment: 'os.getenv os.environb os.getenvb os.putenv os.unsetenv dotenv',
  clock:
    'time.time time.time_ns time.perf_counter time.perf_counter_ns time.monotonic time.monotonic_ns time.process_time ' +
    'time.process_time_ns time.thread_time time.thread_time_ns time.clock_gettime time.clock_gettime_ns timeit cProfile ' +
    'profile datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today ' +
    'torch.cuda.Event torch.utils.benchmark torch.profiler torch.autograd.profiler triton.testing.do_bench',
  sleep: 'time.sleep asyncio.sleep',
  mock: 'unittest.mock mock pytest pytest_mock types.ModuleType builtins.MagicMock fakeredis responses',
  'version-branch':
    'importlib.metadata importlib_metadata pkg_resources packaging sys.version sys.version_info sys.hexversion ' +
    'platform.python_version',
  'harness-internals':
    'inspect ctypes cffi _ctypes gc.get_objects gc.get_referrers gc.get_referents sys._getframe sys._current_frames ' +
    'sys.modules sys.settrace sys.setprofile sys.monitoring sys.meta_path sys.excepthook threading.settrace ' +
    'threading.setprofile atexit signal faulthandler builtins.__dict__ __main__ _thread',
  'harness-streams':
    'os.write os.dup os.dup2 os.fdopen os.close os.closerange os.sendfile os.writev sys.__stdout__ sys.__stderr__ ' +
    'sys.stdin sys.__stdin__ builtins.input fileinput',
  'early-exit': 'sys.exit os._exit os.abort builtins.exit builtins.quit builtins.SystemExit builtins.KeyboardInterrupt',
  'import-path': 'sys.path sys.path_hooks site importlib.abc zipimport',
  arguments: 'sys.argv sys.orig_argv argparse optparse getopt click',
  unseeded: 'secrets os.urandom os.getrandom uuid.uuid1 uuid.uuid4 random.SystemRandom',
}

export const bannedNames = Object.entries(banned).flatMap(([rule, paths]) =>
  paths.split(' ').map((path) => ({ rule: rule as TestRule, path })),
)
const innards =
  /^(__globals__|__subclasses__|__code__|__builtins__|__closure__|__mro__|__bases__|f_back|f_globals|f_locals|gi_frame|tb_frame)$/
/** Variables that decide where and how the test runs. */
const reserved = /^(CUDA|NVIDIA|LD|PYTHON|HF|TRANSFORMERS)_|^(PYTHON\w*|PATH|HOME|TMPDIR)$/

/** What a test imports or names, directly or by another spelling, that it must do without. */
export function bannedNameFindings(script: Script): Diagnostic[] {
  const { names, packageImport } = script
  const bannedPath = (path: string | undefined, node: PythonNode, verb: string): Diagnostic[] =>
    path === undefined || isWithin(path, packageImport) ? versionFinding(path, node) : pathFinding(path, node, verb)
  const imported = names.imports.flatMap(({ path, node }) => bannedPath(path, node, 'imports'))
  const used = names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type !== 'Name' && node.type !== 'Attribute') return []
    const parent = names.parent(node)
    const path = names.resolve(node)
    if (path === 'os.environ') return environmentFinding(script, node)
    const longer = parent?.type === 'Attribute' && path !== undefined
    const own = longer ? [] : bannedPath(path, node, 'uses')
    return own.length > 0 || node.type === 'Name' ? own : innardsFinding(node)
  })
  return [...imported, ...used, ...dynamicNames(script)]
}

function pathFinding(path: string, node: PythonNode, verb: string): Diagnostic[] {
  // `logging.os._exit` is `os._exit` by way of a module that has it
  const hit = bannedNames.find(
    (entry) => isWithin(path, entry.path) || (isMember(entry.path) && `${path}.`.includes(`.${entry.path}.`)),
  )
  if (hit === undefined) return versionFinding(path, node)
  return [finding(hit.rule, node, `${verb} \`${path.replace(/^builtins\./, '')}\``)]
}

function isMember(path: string): boolean {
  return path.includes('.') && !path.startsWith('builtins.')
}

function versionFinding(path: string | undefined, node: PythonNode): Diagnostic[] {
  const isVersion = path !== undefined && /\.__version(_tuple)?__$/.test(path)
  return isVersion ? [finding('version-branch', node, `reads \`${path}\``)] : []
}

function innardsFinding(node: PythonNode): Diagnostic[] {
  const name = text(node, 'attr')!
  if (/^__version(_tuple)?__$/.test(name)) return [finding('version-branch', node, `reads \`${name}\``)]
  return innards.test(name) ? [finding('harness-internals', node, `uses \`${name}\``)] : []
}

/** Setting a variable of the package to a constant is fine; reading any, and setting those of harness and devices, is not. */
function environmentFinding({ names }: Script, node: PythonNode): Diagnostic[] {
  const parent = names.parent(node)
  const above = parent === undefined ? undefined : names.parent(parent)
  const [first, second] = above === undefined ? [] : children(above, 'args')
  const set =
    parent?.type === 'Subscript' && parent['ctx'] === 'Store' && above?.type === 'Assign'
      ? { name: constantText(child(parent, 'slice')), value: child(above, 'value') }
      : parent !== undefined && text(parent, 'attr') === 'setdefault' && above?.type === 'Call'
        ? { name: constantText(first), value: second }
        : undefined
  if (set === undefined) return [finding('environment', node, 'reads or changes `os.environ`')]
  const { name } = set
  if (name !== undefined && !reserved.test(name) && set.value?.type === 'Constant') return []
  return [
    finding('environment', node, `sets a variable of the harness, or to a value of the moment: ${name ?? 'computed'}`),
  ]
}

/** `getattr(module, computed)`: a name that cannot be read off. */
function dynamicNames({ names }: Script): Diagnostic[] {
  return names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type !== 'Call' || names.resolve(child(node, 'func')) !== 'builtins.getattr') return []
    const [first, second] = children(node, 'args')
    const path = names.resolve(first)
    if (path === undefined || path.startsWith('builtins.') || constantText(second) !== undefined) return []
    return [finding('dynamic-code', node, `takes a computed name from \`${path}\``)]
  })
}
