import { count, counted } from './format.ts'
import { type Content, html, joined } from './markup.ts'
import type { Member } from './members.ts'
import { code, facts, section, table } from './table.ts'

type File = Member['analysis']['files'][number]

/** What the commit changes, and which of it the test ran. */
export function changeSection({ record, analysis }: Member): Content {
  const { functions_reached: reached } = record.measurement
  const sides = (['base', 'head'] as const).map((side): readonly [string, Content] => [
    `Changed functions run on ${side}`,
    reached === null ? 'not observed' : names(reached[side]),
  ])
  return section('change', 'Change', [
    facts(
      [
        ['Class', analysis.change_class],
        ['Flags', analysis.flags.length === 0 ? null : names(analysis.flags)],
        ['Affected APIs', names(analysis.affected_apis)],
        [
          'Changed functions',
          names(analysis.functions.map(({ module, name }) => (module === null ? name : `${module}.${name}`))),
        ],
        ...sides,
      ],
      'wide',
    ),
    analysis.files.length > 0 &&
      table(
        counted(analysis.files.length, 'file'),
        [
          { name: 'File' },
          { name: 'Change' },
          { name: 'Role' },
          { name: 'Added', isNumber: true },
          { name: 'Removed', isNumber: true },
        ],
        analysis.files.map(fileRow),
      ),
  ])
}

function fileRow({ path, old_path: old, change, role, lines_added, lines_removed }: File): readonly Content[] {
  return [
    html`${code(path)}${old !== null && html`<br /><span class="soft">was ${code(old)}</span>`}`,
    change,
    role,
    lines(lines_added, '+'),
    lines(lines_removed, '−'),
  ]
}

function lines(value: number | null, sign: string): string {
  return value === null ? 'binary' : `${sign}${count(value)}`
}

function names(values: readonly string[]): Content {
  return values.length === 0 ? 'none' : joined(values.map(code), ', ')
}
