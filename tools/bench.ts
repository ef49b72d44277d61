import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Measure, Subject } from './bench/measure.ts'

/** `npm run bench -- [NAME…] [--json]`: runs the subjects of `tools/bench/` and prints one line (or one JSON object) a measure. */
const folder = join(import.meta.dirname, 'bench')
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
})
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`error: no such benchmark: ${unknown.join(', ')}\n\nhint: there are ${known.join(', ')}`)
  process.exit(2)
}
for (const name of positionals.length > 0 ? positionals : known) {
  const { measures }: Subject = await import(join(folder, `${name}.bench.ts`))
  for await (const measure of measures()) console.log(values.json ? JSON.stringify(measure) : line(measure))
}

function line({ name, value, unit, goal, met, peers }: Measure): string {
  const state = met === null ? 'no goal' : met ? `goal ${goal} met` : `goal ${goal} MISSED`
  const others = Object.entries(peers).map(([peer, figure]) => `${peer} ${figure}`)
  return `${name}: ${value} ${unit} (${[state, ...others].join('; ')})`
}
