import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'

/** What one way to write Parquet took, in a process of its own. */
export interface Written {
  readonly seconds: number
  readonly bytes: number
  readonly peakBytes: number
}

/** Runs a script whose last line is JSON. @throws Error when it fails */
export async function childJson(program: string, args: readonly string[], variables: Record<string, string> = {}) {
  const result = await run(program, args, { environment: cleanEnvironment(variables) })
  if (result.exitCode !== 0) throw new Error(`${program} ${args[0]}: ${result.stderr.slice(-2000)}`)
  return JSON.parse(result.stdout.trim().split('\n').at(-1)!)
}

const timing = `
import json, os, resource, sys, time
source, target = sys.argv[1:]
started = time.perf_counter()
def done():
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peakBytes": peak}))
`

/** The same records by other writers, one thread each and SNAPPY as ours. */
const scripts = {
  DuckDB: `${timing}
import duckdb
duckdb.sql("set threads = 1")
duckdb.sql(f"copy (from read_json_auto('{source}', sample_size=-1)) to '{target}' (format parquet, codec snappy)")
done()`,
  pyarrow: `${timing}
import pyarrow.json, pyarrow.parquet
options = pyarrow.json.ReadOptions(use_threads=False, block_size=1 << 24)
pyarrow.parquet.write_table(pyarrow.json.read_json(source, options), target, compression="snappy")
done()`,
} as const

/** Writes the records with each peer. */
export async function writtenByPeers(
  python: string,
  source: string,
  folder: string,
): Promise<Record<keyof typeof scripts, Written>> {
  const entries = []
  for (const [name, script] of Object.entries(scripts)) {
    const target = join(folder, `${name}.parquet`)
    const took = await childJson(python, ['-c', script, source, target])
    entries.push([name, { ...took, bytes: (await stat(target)).size }])
  }
  return Object.fromEntries(entries)
}
