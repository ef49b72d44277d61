import { z } from 'zod'
import { CommitHash, Instant } from './primitives.ts'
import { CommitRecord } from './record.ts'

/** Views of the records with the columns of other projects: tables for what already reads theirs. */
export const View = z.enum(['seed', 'swe-perf', 'gso'])
export type View = z.infer<typeof View>

const record = CommitRecord.shape

/** A row of `seed`: the keys of the record that the ancestor documents, of a measured commit. */
export const SeedRow = z.strictObject({
  base_commit: CommitHash.describe('What head is compared with'),
  head_commit: record.head_commit,
  commit_message: record.commit_message,
  files_changed: record.files_changed,
  affected_apis: record.affected_apis,
  efficiency_test: z.array(z.string()).describe('The one script that ran on both sides'),
  base_performance: record.base_performance,
  head_performance: record.head_performance,
  performance_improvement: record.performance_improvement,
  test_passed: record.test_passed,
  generation_config: z
    .strictObject({
      model: z.string().nullable().describe('The model that was asked for; null for a reviewed test'),
      max_tokens: z.int().nullable().describe('Limit of its output, hidden reasoning included'),
      reasoning_effort: z.string().nullable().describe('As it was asked for'),
    })
    .describe('How the efficiency test came about'),
})
export type SeedRow = z.infer<typeof SeedRow>

const instanceId = z.string().describe('The commit; its record stands in the configuration `default`')
const repo = z.string().describe('`owner/name` where it is cloned from GitHub, else its name in the workspace')

/** A row of `swe-perf`: the columns of SWE-Perf/SWE-Perf, of an improved commit. */
export const SwePerfRow = z.strictObject({
  repo,
  instance_id: instanceId,
  patch: z.string().nullable().describe('Null: code of others is not published here; `git diff base head` gives it'),
  test_patch: z.string().describe('Adds the efficiency test as `efficiency_test.py`'),
  base_commit: CommitHash.describe('What head is compared with'),
  head_commit: record.head_commit,
  created_at: Instant.describe('Committer date in UTC'),
  version: z.string().describe('Version of the package that was installed at base'),
  duration_changes: z.string().describe('JSON: for each pair of processes `{test: {base, head}}`, in seconds'),
  efficiency_test: z.array(z.string()).describe('Names of the tests, as `duration_changes` has them'),
  patch_functions: z.string().nullable().describe('Null: not kept by file'),
  problem_statement_oracle: z.string().nullable().describe('Null: no task is posed here'),
  test_functions: z.string().nullable().describe('Null: not kept by file'),
  problem_statement_realistic: z.string().nullable().describe('Null: no task is posed here'),
  human_performance: z.number().describe('Share of the time that head saves, by Hodges–Lehmann and not by their rule'),
})
export type SwePerfRow = z.infer<typeof SwePerfRow>

/** A row of `gso`: the columns of gso-bench/gso, of an improved commit. */
export const GsoRow = z.strictObject({
  instance_id: instanceId,
  repo,
  base_commit: CommitHash.describe('What the expert commit is compared with'),
  opt_commit: CommitHash.describe('The expert commit'),
  api: z.string().nullable().describe('The most changed name that can be imported'),
  prob_script: z.string().describe('The efficiency test; it runs by itself'),
  tests: z.array(z.string()).describe('The same, as their list'),
  hints_text: z.string().nullable().describe('Null: there are none'),
  setup_commands: z.array(z.string()).describe('Empty: nothing is set up beside the environment'),
  install_commands: z.array(z.string()).describe('Installs the wheel of base where it has a URL; without dependencies'),
  created_at: Instant.describe('Committer date in UTC'),
  gt_commit_message: record.commit_message,
  gt_diff: z.string().nullable().describe('Null: code of others is not published here; `git diff base head` gives it'),
  arch: z.string().nullable().describe('Architecture of the machine that installed it, e.g. `x86_64`'),
  instance_image_tag: z.string().nullable().describe('Null: there is no image'),
})
export type GsoRow = z.infer<typeof GsoRow>
