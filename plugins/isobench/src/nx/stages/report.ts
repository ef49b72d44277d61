import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MemberTexts } from '../../domain/report/members.ts'
import { IsobenchError } from '../../errors.ts'
import { report } from '../../stages/report.ts'
import type { StageContext } from '../context.ts'
import { readDataset } from '../dataset.ts'
import type { Outputs } from '../outputs.ts'
import { packageDirectory } from '../targets.ts'
import { toolName } from '../tool-name.ts'

/** `records.jsonl` of an earlier build: where it stands, the summary says what changed since. */
const earlierFile = 'earlier.jsonl'

export async function work(context: StageContext): Promise<Outputs> {
  const { settings, members } = await readDataset(context)
  const file = `${context.projectRoot}/${earlierFile}`
  const [texts, earlier, style, script, tool] = await Promise.all([
    Promise.all(members.map((member) => textsOf(context, member))),
    context.text(file),
    packageFile('style.css'),
    packageFile('table.js'),
    toolName(),
  ])
  const pages = report({
    name: context.projectName,
    settings,
    members: texts,
    earlier: earlier === null ? null : { file, text: earlier },
    tool,
    style,
    script,
  })
  context.log(`${texts.length} commits, open ${context.projectRoot}/out/report/index.html`)
  return Object.fromEntries([...pages].map(([path, text]) => [`report/${path}`, text]))
}

async function textsOf(context: StageContext, { name, root }: { name: string; root: string }): Promise<MemberTexts> {
  const [record, analysis, measurement, runs] = await Promise.all(
    ['record.json', 'analysis.json', 'measurement.json', 'runs.jsonl'].map((file) => required(context, root, file)),
  )
  return { instanceId: name, record: record!, analysis: analysis!, measurement: measurement!, runs: runs! }
}

async function required(context: StageContext, root: string, file: string): Promise<string> {
  const text = await context.text(`${root}/out/${file}`)
  if (text !== null) return text
  throw new IsobenchError('corrupt-artifact', `no such artifact: ${root}/out/${file}`, {
    hint: 'run `npx nx reset` and then the target again',
  })
}

function packageFile(name: string): Promise<string> {
  return readFile(join(packageDirectory, 'report', name), 'utf8')
}
