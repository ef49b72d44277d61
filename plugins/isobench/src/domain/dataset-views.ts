import type { CommitRecord } from '../schema/record.ts'
import type { GsoRow, SeedRow, SwePerfRow } from '../schema/view-rows.ts'

const testFile = 'efficiency_test.py'

/** The record as the ancestor documents it; nothing of a commit without a measurement. */
export function seedRows(record: CommitRecord): SeedRow[] {
  const { base_commit, efficiency_test, generation_config: generation } = record
  if (record.status !== 'measured' || base_commit === null || efficiency_test === null) return []
  const parameters = JSON.parse(generation.parameters_json) as Readonly<Record<string, unknown>>
  const limit = parameters['max_completion_tokens'] ?? parameters['max_tokens']
  const effort = parameters['effort'] ?? parameters['reasoning_effort']
  return [
    {
      base_commit,
      head_commit: record.head_commit,
      commit_message: record.commit_message,
      files_changed: record.files_changed,
      affected_apis: record.affected_apis,
      efficiency_test: [efficiency_test],
      base_performance: record.base_performance,
      head_performance: record.head_performance,
      performance_improvement: record.performance_improvement,
      test_passed: record.test_passed,
      generation_config: {
        model: generation.model,
        max_tokens: typeof limit === 'number' ? limit : null,
        reasoning_effort: typeof effort === 'string' ? effort : null,
      },
    },
  ]
}

/** The commit as an instance of SWE-Perf, which holds only commits that are faster. */
export function swePerfRows(record: CommitRecord): SwePerfRow[] {
  const claim = claimOf(record)
  if (claim === undefined) return []
  const { base_commit, test, improvement, base } = claim
  const changes = record.base_performance.map((seconds, pair) => ({
    [testFile]: { base: seconds, head: record.head_performance[pair] },
  }))
  return [
    {
      repo: repoOf(record),
      instance_id: record.instance_id,
      patch: null,
      test_patch: addingPatch(testFile, test),
      base_commit,
      head_commit: record.head_commit,
      created_at: record.commit_date,
      version: base.version,
      duration_changes: JSON.stringify(changes),
      efficiency_test: [testFile],
      patch_functions: null,
      problem_statement_oracle: null,
      test_functions: null,
      problem_statement_realistic: null,
      human_performance: improvement,
    },
  ]
}

/** The commit as an instance of GSO, which holds only commits that are faster. */
export function gsoRows(record: CommitRecord): GsoRow[] {
  const claim = claimOf(record)
  if (claim === undefined) return []
  const { base_commit, test, base } = claim
  return [
    {
      instance_id: record.instance_id,
      repo: repoOf(record),
      base_commit,
      opt_commit: record.head_commit,
      api: record.affected_apis[0] ?? null,
      prob_script: test,
      tests: [test],
      hints_text: null,
      setup_commands: [],
      install_commands: /^https?:/.test(base.wheel_url)
        ? [`pip install --no-deps "${base.wheel_url.split('#')[0]}#sha256=${base.wheel_sha256}"`]
        : [],
      created_at: record.commit_date,
      gt_commit_message: record.commit_message,
      gt_diff: null,
      arch: record.environment.platform?.replace(/^[^-]*-/, '') ?? null,
      instance_image_tag: null,
    },
  ]
}

/** What stands behind an improvement; undefined where there is none, or where the sides cannot be compared. */
function claimOf(record: CommitRecord) {
  const { base_commit, efficiency_test: test, performance_improvement: improvement } = record
  const { base, comparable } = record.environment
  if (record.verdict !== 'improved' || !comparable) return undefined
  if (base_commit === null || test === null || improvement === null || base === null) return undefined
  return { base_commit, test, improvement, base }
}

function repoOf({ repository, repository_url: url }: CommitRecord): string {
  return /^https:\/\/github\.com\/([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(url ?? '')?.[1] ?? repository
}

/** A unified diff that adds a file. */
function addingPatch(path: string, text: string): string {
  const isEnded = text.endsWith('\n')
  const lines = (isEnded ? text.slice(0, -1) : text).split('\n')
  return [
    `diff --git a/${path} b/${path}`,
    'new file mode 100644',
    '--- /dev/null',
    `+++ b/${path}`,
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map((line) => `+${line}`),
    ...(isEnded ? [] : ['\\ No newline at end of file']),
    '',
  ].join('\n')
}
