import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { code, percent, plainText, renderCard } from '../../../plugins/isobench/src/domain/card.ts'
import { cardRecords, sampleCardData } from '../../support/card.ts'
import { sampleRecord } from '../../support/records.ts'

const template = readFileSync(
  join(import.meta.dirname, '../../../plugins/isobench/templates/dataset-card.md.eta'),
  'utf8',
)

test('the built-in template renders', () => {
  const card = renderCard(template, sampleCardData(cardRecords, { title: 'Demo | <b>', description: 'About *this*.' }))
  expect(card.slice(0, card.indexOf('## Columns'))).toMatchInlineSnapshot(`
    "# Demo \\| &lt;b&gt;

    About *this*.

    Each row is one commit of a real repository that claims to make something faster, measured against its base commit with one
    efficiency test whose bytes are equal on both sides. 5 commits from 2023-05-06 to 2024-01-02,
    3 of them measured. A commit that could not be measured keeps its row, with the verdict \`unmeasured\` and the reason.

    | repository | commits |
    | --- | ---: |
    | demo, https://example.org/demo.git, MIT | 4 |
    | other, https://example.org/demo.git, MIT | 1 |

    ## Verdicts

    | verdict | commits |
    | --- | ---: |
    | \`improved\` | 2 |
    | \`regressed\` | 0 |
    | \`no-change\` | 1 |
    | \`inconclusive\` | 0 |
    | \`unmeasured\` | 2 |

    Median improvement of the commits with verdict \`improved\`: 30.0 % less time.

    2 of the 2 verdicts \`improved\` and \`regressed\` hold at a false discovery rate of 5.0 %
    (Benjamini–Hochberg over the p values of all 3 measured commits).

    ## Where commits were lost

    | stage | entered | passed | lost to |
    | --- | ---: | ---: | --- |
    | \`analyze\` | 5 | 5 |  |
    | \`install-wheel\` | 5 | 5 |  |
    | \`generate-test\` | 5 | 4 | \`test-missing\` 1 |
    | \`run-gpu\` | 4 | 3 | \`output-differs\` 1 |

    - \`test-missing\`: No reviewed test stands beside the commit and no model is configured.
    - \`output-differs\`: Base and head compute different results.

    ## How it was measured

    The process is the unit: base and head run in fresh processes, interleaved, after one discarded process a side. The estimate is
    Hodges–Lehmann over the paired log ratios, the interval Walsh, the test exact Wilcoxon signed-rank with looks fixed in advance.
    \`performance_improvement\` is 1 − head/base: 0.14 is 14 % less time.

    | | commits |
    | --- | ---: |
    | protocol: abba-gs-wilcoxon/1, standard | 4 |
    | machine: Example CPU, 2 cores, no accelerator, Linux 6.1.0 x86\\_64 | 4 |
    | sandbox: none | 4 |
    | wheels from: build | 5 |
    | flag: unsandboxed | 4 |

    ### Controls

    No controls were run, so how often identical code would be called faster or slower here was not measured.

    Neighbouring processes of one side differ by 0.4 % (median over the commits of the median of each).

    ## Where the tests came from

    | | commits |
    | --- | ---: |
    | test: model | 2 |
    | test: reviewed | 2 |
    | test: none | 1 |
    | model: model-a at api.example.org | 2 |

    | cost of the model | |
    | --- | ---: |
    | calls | 2 |
    | tokens in | 2400 |
    | tokens out | 340 |
    | commits whose tokens are not known | 1 |
    | US dollars | 0.0125 |
    | commits whose price is not known | 1 |

    | model | commits | calls | tokens in | tokens out | US dollars |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | model-a at api.example.org | 2 | 2 | 2400 | 340 | 0.0125 and 1 unknown |

    ## How to load

    \`\`\`python
    from datasets import load_dataset

    records = load_dataset(".", split="test")
    \`\`\`

    \`manifest.json\` names every file with its SHA-256, \`funnel.json\` holds the table of losses.

    "
  `)
  expect(card).toContain('| `measurement.fingerprint.cores` | integer | no |')
  expect(card.slice(card.indexOf('## Citation'), card.indexOf('## Licence'))).toMatchInlineSnapshot(`
    "## Citation

    \`\`\`bibtex
    @misc{demo,
      title = {Demo | <b>},
      note = {Dataset of 5 commits, made by nx-isobench 0.1.0},
    }
    \`\`\`

    Revisions are tags and commits of the repository: name the one that was used.

    "
  `)
})

test('the built-in template renders a dataset in which nothing was measured and no model was called', () => {
  const card = renderCard(template, sampleCardData([cardRecords[4]!]))
  expect(card).toContain('| `unmeasured` | 1 |')
  expect(card).not.toContain('Median improvement')
  expect(card).not.toContain('cost of the model')
})

test('values are plain text in Markdown, and raw where the template says so', () => {
  const data = sampleCardData([sampleRecord('a', { repository: 'a|b <i>*x*</i>\n# h' })], { description: '**bold**' })
  expect(renderCard('<%= it.repositories[0].value %>', data)).toMatchInlineSnapshot(
    `"a\\|b &lt;i&gt;\\*x\\*&lt;/i&gt; \\# h, https://example.org/demo.git, MIT"`,
  )
  expect(renderCard('<%~ it.description %>', data)).toBe('**bold**')
})

test.each([
  ['a misspelt key', '# x\n\n<%= it.titel %>\n', 'README.md.eta:3: neither text nor a number: undefined'],
  ['a missing parent', 'x\n<%= it.no.x %>', "README.md.eta:2: Cannot read properties of undefined (reading 'x')"],
  ['a list', '<%~ it.flags %>', 'README.md.eta:1: neither text nor a number: [{"value":"unsandboxed","commits":4}]'],
  ['an unclosed tag', 'a\nb <%= it.title', 'README.md.eta:2: unclosed tag'],
  ['no JavaScript', 'a\n<% if (it.title { %>x<% } %>', "README.md.eta: not JavaScript: Unexpected token '{'"],
  ['front matter', '---\nlicense: mit\n---\n# x', 'README.md.eta:1: front matter, which is made from the schema'],
])('%s in a template is an error with its line', (_, text, message) => {
  expect(() => renderCard(text, sampleCardData())).toThrow(expect.objectContaining({ code: 'bad-input', message }))
})

test('code spans, plain text and percentages', () => {
  expect(code('a`b|c\nd')).toBe('`` a`b\\|c d ``')
  expect(plainText('a_b & [c](d)\n\ne')).toBe('a\\_b &amp; \\[c\\](d) e')
  expect(percent(0.1404)).toBe('14.0 %')
})

/** A task with what it gives away. */
const taskOf = (severity: 'none' | 'answer') => ({
  task: 'Make it faster.',
  task_leak: { severity, copied_lines: 0, telling_lines: 1, findings: [] },
})

test('a card of records with tasks says how many give the answer away', () => {
  const records = [sampleRecord('a', taskOf('none')), sampleRecord('b', taskOf('answer')), sampleRecord('c')]
  const card = renderCard(template, sampleCardData(records))
  expect(card).toContain('| a task gives away | commits |\n| --- | ---: |\n| `answer` | 1 |\n| `none` | 1 |\n')
  expect(renderCard(template, sampleCardData([sampleRecord('c')]))).not.toContain('a task gives away')
})
