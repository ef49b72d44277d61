import { expect, test } from 'vitest'
import { DatasetSettings } from '../../../plugins/isobench/src/schema/dataset-settings.ts'
import { Manifest } from '../../../plugins/isobench/src/schema/dataset.ts'
import { verify } from '../../../plugins/isobench/src/stages/verify.ts'
import { assembled, sampleMember } from '../../support/dataset-members.ts'
import { sampleRecord } from '../../support/records.ts'
import { trialRun } from '../../support/trial-run.ts'

const path = 'data/test-00000-of-00001.parquet'
const files = await assembled({
  name: 'demo',
  settings: DatasetSettings.parse({ commits: ['demo'], views: ['seed'] }),
  template: '# Demo\n',
  members: [
    sampleMember(sampleRecord('one'), [trialRun('base', { purpose: 'pair', pair: 0 })]).source,
    sampleMember(sampleRecord('two')).source,
  ],
  tool: 'nx-isobench 0.1.0',
})
const manifest = Manifest.parse(JSON.parse(new TextDecoder().decode(files.get('manifest.json'))))

function check(copy: ReadonlyMap<string, Uint8Array>, expected = manifest) {
  return verify(
    { manifest: expected, paths: [...copy.keys()] },
    {
      log: () => undefined,
      open: async (name) =>
        (async function* () {
          const bytes = copy.get(name)!
          yield bytes.subarray(0, 10)
          yield bytes.subarray(10)
        })(),
    },
  )
}

test('a build is as its manifest says', async () => {
  expect(await check(files)).toEqual({ files: 7, rows: 9, problems: [] })
})

test('every difference is told', async () => {
  const funnel = files.get('funnel.json')!
  const copy = new Map([...files, ['data/test-00000-of-00009.parquet', files.get(path)!]])
  copy.set('funnel.json', new Uint8Array([...funnel, 10]))
  copy.set(path, files.get('samples/test-00000-of-00001.parquet')!)
  copy.delete('README.md')
  const { problems } = await check(copy)
  expect(problems.map((line) => line.replaceAll(/[0-9a-f]{64}/g, 'SHA').replaceAll(/\d{3,} bytes|\d{3,}$/g, 'N')))
    .toMatchInlineSnapshot(`
    [
      "not named by the manifest: data/test-00000-of-00009.parquet",
      "missing: README.md",
      "data/test-00000-of-00001.parquet: N, and the manifest says N",
      "data/test-00000-of-00001.parquet: SHA-256 is SHA, and the manifest says SHA",
      "data/test-00000-of-00001.parquet: 1 rows, and the manifest says 2",
      "funnel.json: N, and the manifest says N",
      "funnel.json: SHA-256 is SHA, and the manifest says SHA",
    ]
  `)
})

test('rows that are not the members are told', async () => {
  const { problems } = await check(files, { ...manifest, members: ['demo-1', 'demo-2'] })
  expect(problems).toEqual(['the rows are not the members of the manifest: 2 and 2'])
})
