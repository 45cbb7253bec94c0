import { join } from 'node:path'
import { foldersWith } from '@fastpath/servers'
import { test } from '@jest/globals'
import { chromium, type Page } from 'playwright-core'

export type { Page }

/** What Chromium and its kin are called, by system. */
const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'Chromium', 'Google Chrome']
const folders = ['/Applications/Chromium.app/Contents/MacOS', '/Applications/Google Chrome.app/Contents/MacOS']

/** The path of an installed Chromium; nothing is ever downloaded. */
export const findBrowser = (path = process.env.PATH): string | undefined => {
  for (const program of programs) {
    const [folder] = foldersWith([program], path, folders)
    if (folder) return join(folder, program)
  }
  return undefined
}

/**
 * A test in headless Chromium, with a page of a browser of its own. On a machine without one it is skipped, and its name
 * says why.
 *
 * @example testInBrowser('the page has a title', async (page) => { await page.goto(url); expect(await page.title()).toBe('…') })
 */
export const testInBrowser = (name: string, run: (page: Page) => Promise<void>, timeoutMs = 60_000): void => {
  const executablePath = findBrowser()
  if (!executablePath) return void test.skip(`${name} (skipped: Chromium isn't installed)`, () => {})
  test(
    name,
    async () => {
      const page = await openPage(executablePath)
      try {
        await run(page)
      } finally {
        await page.context().browser()?.close()
      }
    },
    timeoutMs,
  )
}

const openPage = async (executablePath: string): Promise<Page> => {
  // As root Chromium refuses to start with its sandbox; in a container /dev/shm is often too small for it.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath, args: [...asRoot, '--disable-dev-shm-usage'] })
  const page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  return page
}
