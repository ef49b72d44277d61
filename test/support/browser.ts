import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'

/** Where Debian's Chromium is; undefined where it is not installed (Debian package `chromium`). */
export const chromiumPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'chromium'))
  .find((file) => existsSync(file))

export function launchChromium(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return chromium.launch({ executablePath: chromiumPath!, args: isRoot ? ['--no-sandbox'] : [] })
}

/** A page of a report, and what it did. */
export interface Visit {
  readonly page: Page
  /** Messages of the console and errors of scripts */
  readonly messages: readonly string[]
  /** Addresses of everything that was asked for */
  readonly requests: readonly string[]
  /** Addresses of what was not given, each with the reason */
  readonly refused: readonly string[]
}

/** A report in a folder of its own. */
export interface ReportFolder {
  readonly open: (path: string, options?: BrowserContextOptions) => Promise<Visit>
  readonly remove: () => Promise<void>
}

/** Writes a report to a temporary folder; its pages are opened from the file system, without a network. */
export async function writeReport(browser: Browser, files: ReadonlyMap<string, string>): Promise<ReportFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-report-'))
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return {
    open: async (path, options = {}) => {
      const context = await browser.newContext({ offline: true, ...options })
      const page = await context.newPage()
      const [messages, requests, refused]: [string[], string[], string[]] = [[], [], []]
      page.on('console', (message) => messages.push(message.text()))
      page.on('pageerror', (error) => messages.push(String(error)))
      page.on('request', (request) => requests.push(request.url()))
      page.on('requestfailed', (request) => refused.push(`${basename(request.url())} ${request.failure()?.errorText}`))
      await page.goto(pathToFileURL(join(folder, path)).href)
      return { page, messages, requests, refused }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
