import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitHash, modelGeneration, sampleAnalysis, sampleCommit } from '../support/artifacts.ts'
import { type ReportFolder, chromiumPath, launchChromium, writeReport } from '../support/browser.ts'
import { lostMember, measuredMember, reportOf } from '../support/report.ts'

const hostile = '<script>document.title = "hacked"</script><img src=x onerror=alert(1)> & "q" \' \u202Eabc שלום'
const ratios = [-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3]
const undecided = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 0.06 : -0.05) * (1 + (index % 5) / 9))
const at = (commit_date: string, subject: string) => ({ analysis: sampleAnalysis({ commit_date, subject }) })

const members = {
  faster: measuredMember('faster', ratios, {
    ...at('2024-01-01T00:00:00Z', 'Faster parsing'),
    generation: modelGeneration(),
  }),
  slower: measuredMember(
    'slower',
    ratios.map((ratio) => -ratio / 2),
    at('2024-01-02T00:00:00Z', 'Slower parsing'),
  ),
  undecided: measuredMember('undecided', undecided, at('2024-01-03T00:00:00Z', 'Perhaps')),
  hostile: lostMember('hostile', {
    commit: sampleCommit({ head: commitHash('hostile'), claim: hostile, notes: hostile }),
    analysis: sampleAnalysis({ subject: hostile, message: `${hostile}\n`.repeat(1000), affected_apis: [hostile] }),
  }),
  huge: lostMember('huge', {
    analysis: sampleAnalysis({ subject: 'x'.repeat(100_000), affected_apis: ['y'.repeat(10_000)] }),
  }),
}
const pageOf = (name: keyof typeof members): string => `commits/${members[name].instanceId}.html`
const files = reportOf(Object.values(members))
const paths = [...files.keys()].filter((path) => path.endsWith('.html'))

let browser: Browser
let folder: ReportFolder

if (chromiumPath === undefined) console.log('skipped: the browser tests need `chromium` (Debian package chromium)')

/** The commits that are shown, in the order of the rows. */
const shown = (page: Page): Promise<string[]> =>
  page
    .locator('#commit-table tbody tr:visible')
    .evaluateAll((rows) => rows.map((row) => row.querySelector('a')!.textContent!))

/** Presses Tab until the element with this role and name has the focus. */
async function tabTo(page: Page, role: 'button' | 'link' | 'searchbox' | 'combobox', name: string): Promise<void> {
  const target = page.getByRole(role, { name, exact: true }).first()
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element.matches(':focus'))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach ${role} ${name}`)
}

describe.skipIf(chromiumPath === undefined)('a report in Chromium, from the file system', () => {
  beforeAll(async () => {
    browser = await launchChromium()
    folder = await writeReport(browser, files)
  })

  afterAll(async () => {
    await browser.close()
    await folder.remove()
  })

  test.each(paths)('%s says nothing on the console and asks for nothing but itself', async (path) => {
    const { page, messages, requests } = await folder.open(path)
    expect(messages).toEqual([])
    expect(requests).toEqual([page.url()])
    expect(page.url()).toMatch(/^file:/)
    expect(await page.locator('h1').count()).toBe(1)
    await page.context().close()
  })

  test.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 390],
  ] as const)('axe finds no violation on any page, %s at %i pixels', async (colorScheme, width) => {
    const { page } = await folder.open('index.html', { colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
    const folderUrl = page.url().replace('index.html', '')
    for (const path of paths) {
      await page.goto(folderUrl + path)
      for (const details of await page.locator('summary').all()) await details.click()
      const { violations } = await new AxeBuilder({ page }).analyze()
      const found = violations.map(({ id, impact, nodes }) => `${id} ${impact}: ${nodes[0]!.html.slice(0, 200)}`)
      expect(found, path).toEqual([])
    }
    await page.context().close()
  })

  test.each(paths)('%s is not wider than a phone', async (path) => {
    const { page } = await folder.open(path, { viewport: { width: 390, height: 844 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await page.context().close()
  })

  test('the keyboard filters by words and by verdict', async () => {
    const { page } = await folder.open('index.html')
    const { faster, slower } = members
    await tabTo(page, 'searchbox', 'Search')
    await page.keyboard.type('PARSING sl')
    expect(await shown(page)).toEqual([slower.instanceId])
    expect(await page.locator('output').textContent()).toBe('1 of 5 commits')
    await page.keyboard.press('Enter')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.press('Delete')
    await tabTo(page, 'combobox', 'Verdict')
    await page.keyboard.type('improved')
    expect(await shown(page)).toEqual([faster.instanceId])
    await page.context().close()
  })

  test('the keyboard sorts, twice the other way round, and commits without a figure stay last', async () => {
    const { page } = await folder.open('index.html')
    const { faster, slower, undecided: open, hostile: lost, huge } = members
    const unmeasured = [lost.instanceId, huge.instanceId].toSorted()
    await tabTo(page, 'button', 'Effect')
    await page.keyboard.press('Enter')
    expect(await shown(page)).toEqual([slower.instanceId, open.instanceId, faster.instanceId, ...unmeasured])
    expect(await page.getByRole('columnheader', { name: 'Effect' }).getAttribute('aria-sort')).toBe('ascending')
    await page.keyboard.press('Space')
    expect(await shown(page)).toEqual([faster.instanceId, open.instanceId, slower.instanceId, ...unmeasured])
    await tabTo(page, 'button', 'Date')
    await page.keyboard.press('Enter')
    const byDate = await shown(page)
    expect([...byDate.slice(0, 2), byDate.at(-1)]).toEqual([faster.instanceId, slower.instanceId, open.instanceId])
    expect(await page.getByRole('columnheader', { name: 'Effect' }).getAttribute('aria-sort')).toBeNull()
    await page.context().close()
  })

  test('links are followed by keyboard, to a commit and back, and the focus is seen', async () => {
    const { page, messages } = await folder.open('index.html')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await tabTo(page, 'link', members.slower.instanceId)
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    expect(outline).toBe('solid')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Slower parsing' }).waitFor()
    await tabTo(page, 'link', 'All commits')
    await page.keyboard.press('Enter')
    await page.waitForURL(/index\.html$/)
    expect(messages).toEqual([])
    await page.context().close()
  })

  test('what others wrote stays text', async () => {
    for (const path of ['index.html', 'history.html', 'funnel.html', pageOf('hostile')]) {
      const { page } = await folder.open(path)
      expect(await page.title(), path).not.toBe('hacked')
      expect(await page.locator('img, main script').count(), path).toBe(0)
      await page.context().close()
    }
    const { page } = await folder.open(pageOf('hostile'))
    expect(await page.locator('h1').textContent()).toContain('<script>document.title = "hacked"</script>')
    await page.context().close()
  })

  test.each(paths)('%s runs no script and no style that is put into it', async (path) => {
    const [name, text] = [`injected-${path.replaceAll('/', '-')}`, files.get(path)!]
    const injected =
      '<script>document.title = "hacked"</script><b onclick="1" style="color: red">b</b><img src="x.png">'
    const broken = await writeReport(browser, new Map([[name, text.replace('</main>', `${injected}</main>`)]]))
    const { page, messages, refused } = await broken.open(name)
    expect(await page.title()).not.toBe('hacked')
    expect(refused).toEqual(['x.png csp'])
    for (const rule of ['script', 'style', 'image'])
      expect(
        messages.some((message) => message.includes(rule) && /Content Security Policy/.test(message)),
        rule,
      ).toBe(true)
    await page.context().close()
    await broken.remove()
  })

  test('without scripts the table is whole, and no control stands there that does nothing', async () => {
    const { page } = await folder.open('index.html', { javaScriptEnabled: false })
    expect(await page.locator('#commit-table tbody tr').count()).toBe(5)
    expect(await page.locator('form:visible, button:visible').count()).toBe(0)
    await page.context().close()
  })

  test('motion is left out where it is not wanted', async () => {
    const behaviours = []
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const { page } = await folder.open('funnel.html', { reducedMotion })
      behaviours.push(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior'))
      await page.context().close()
    }
    expect(behaviours).toEqual(['auto', 'smooth'])
  })

  test('it prints in dark on light, without what only a screen needs', async () => {
    const { page } = await folder.open('index.html', { colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(27, 32, 39)')
    expect(await page.locator('nav:visible, form:visible').count()).toBe(0)
    expect((await page.pdf()).length).toBeGreaterThan(10_000)
    await page.context().close()
  })
})
