import type { CommitRecord } from '../../schema/record.ts'
import type { HostNoise } from '../../schema/measurement.ts'
import type { Side } from '../../schema/outcome.ts'
import { day, memory, unsigned } from './format.ts'
import { type Content, type Markup, html } from './markup.ts'
import type { Member } from './members.ts'
import { code, facts, said, section, table } from './table.ts'

type Installed = NonNullable<CommitRecord['environment']['base']>

/** What was installed on both sides, and the machine that ran it. */
export function environmentSections({ record, measurement }: Member): Content {
  const { environment } = record
  return [
    section('environment', 'Environment', [
      facts([
        ['Installer', environment.installer ?? 'none: nothing was installed'],
        ['Platform', environment.platform],
        ['Dependencies as of', environment.cutoff === null ? 'no date set' : day(environment.cutoff)],
        ['Comparable', environment.comparable ? 'yes: both wheels by the same kind of source' : 'no'],
      ]),
      (environment.base !== null || environment.head !== null) && sideTable(environment),
      attemptTable(environment),
    ]),
    section('machine', 'Machine', machineFacts(measurement.fingerprint, measurement.host_noise)),
  ]
}

function sideTable({ base, head }: CommitRecord['environment']): Markup {
  const row = (name: string, value: (side: Installed) => Content): readonly Content[] => [
    name,
    ...[base, head].map((side) => (side === null ? 'not installed' : value(side))),
  ]
  return table(
    'What was installed',
    [{ name: html`<span class="hidden">Fact</span>` }, { name: 'Base' }, { name: 'Head' }],
    [
      row('Version', ({ version }) => code(version)),
      row('Wheel', ({ wheel_url }) => code(wheel_url)),
      row('Wheel digest', ({ wheel_sha256 }) => code(wheel_sha256)),
      row('Source', ({ source }) => source),
      row('Proved by', ({ identity }) => identity),
      row('Python', ({ python }) => python),
      row('torch', ({ torch }) => torch ?? 'not installed'),
      row('Lock digest', ({ lock_sha256 }) => code(lock_sha256)),
    ],
  )
}

/** Every place that was asked for a wheel: for a commit that was lost here, this is the evidence. */
function attemptTable({ attempts }: CommitRecord['environment']): Content {
  const rows = (['base', 'head'] as const).flatMap((side: Side) =>
    attempts[side].map(({ rung, location, answer }) => [side, rung, code(location), said(answer)]),
  )
  if (rows.length === 0) return null
  return html`<details>
    <summary>Where wheels were looked for</summary>
    ${table('In the order of the attempts', [{ name: 'Side' }, { name: 'Source' }, { name: 'Place' }, { name: 'Answer' }], rows)}
  </details>`
}

function machineFacts(fingerprint: CommitRecord['measurement']['fingerprint'], noise: HostNoise | null): Content {
  if (fingerprint === null) return html`<p>Nothing was run, so no machine is known.</p>`
  const { accelerator } = fingerprint
  return facts([
    ['Processor', html`${said(fingerprint.cpu)}, ${fingerprint.cores} cores`],
    ['Memory', fingerprint.memory_bytes === null ? null : memory(fingerprint.memory_bytes)],
    ['System', said(fingerprint.system)],
    ['Accelerator', accelerator === null ? 'none' : said(`${accelerator.name}, driver ${accelerator.driver}`)],
    ['Accelerator id', accelerator === null ? null : code(accelerator.uuid_sha256)],
    ['Power limit', accelerator?.power_limit_watts == null ? null : `${accelerator.power_limit_watts} W`],
    ['Highest SM clock', accelerator?.maximum_sm_clock_mhz == null ? null : `${accelerator.maximum_sm_clock_mhz} MHz`],
    [
      'Application SM clock',
      accelerator?.application_sm_clock_mhz == null ? null : `${accelerator.application_sm_clock_mhz} MHz`,
    ],
    ['Harness', `Python ${fingerprint.harness_python}`],
    ...(noise === null ? [] : noiseFacts(noise)),
  ])
}

function noiseFacts(noise: HostNoise): (readonly [string, Content])[] {
  const named: readonly (readonly [string, number | null])[] = [
    ['Fixed loop, each process', noise.probe],
    ['Fixed loop, each block', noise.spin],
    ['Time lost to interruptions', noise.lost],
    ['Time stolen by the host', noise.steal],
    ['Time used by others', noise.others],
  ]
  return named.map(([name, value]) => [name, value === null ? null : unsigned(value)])
}
