import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createDataset, loadDataset } from '@fastpath/fixtures'
import { startServiceProcess } from '@fastpath/servers'
import { natsUrlAs, type Page, testInBrowser } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 3, articles: 5, tagsPerArticle: 1, favorites: 0, comments: 0, follows: 0 })

/** A site of somebody else: another port is another origin. */
const elsewhere = createServer((_req, res) => res.setHeader('content-type', 'text/html').end('<!doctype html>'))
const originOf = (server: typeof elsewhere) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

let stack: TestStack
/** Gateways beside the stack's own. */
let open: string
let gated: string
beforeAll(async () => {
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening')
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  const start = async (env: NodeJS.ProcessEnv) => (await stack.startGateway({ env })).url
  open = await start({
    TIMING_ALLOW_ORIGIN: `https://app.example.com, ${originOf(elsewhere)}`,
    ADMIN_PAGE_URL: 'http://127.0.0.1:3001/?a=1&b="2"',
  })
  gated = await start({ NODE_ENV: 'production' })
}, 60_000)
afterAll(async () => {
  elsewhere.close()
  await stack?.close()
})

/** What a page says of itself that it should not: errors of scripts, and whatever its policy has blocked. */
const complaintsOf = (page: Page): string[] => {
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  return complaints
}

/** Presses the button and resolves with what the page then shows. */
const measure = async (page: Page) => {
  const answered = page.waitForResponse('**/api/articles')
  await page.getByRole('button', { name: 'Read the articles' }).click()
  const header = await (await answered).headerValue('server-timing')
  await page.getByRole('status').filter({ hasText: 'as this browser waited' }).waitFor()
  return { header, status: await page.getByRole('status').innerText() }
}

testInBrowser('the front door draws the bars of a real answer, each as wide as its share', async (page) => {
  const complaints = complaintsOf(page)
  await page.goto(stack.url)
  const { header, status } = await measure(page)
  expect(status).toMatch(/^200 in \d+\.\d\d ms/)
  const entries = parseServerTiming(header ?? '')
  expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['total', 'db', 'feed', 'feed.db', 'user']))

  expect(await page.locator('tbody th > span').allInnerTexts()).toEqual(entries.map(({ name }) => name))
  expect(await page.locator('tbody td:last-child').allInnerTexts()).toEqual(
    entries.map(({ durMs = 0 }) => `${durMs.toFixed(2)} ms`),
  )
  const widths = await page.evaluate<number[]>(`[...document.querySelectorAll('.bar')].map((bar) => bar.offsetWidth)`)
  const shareOf = (part = 0, whole = 1) => part / whole
  for (const [i, { durMs }] of entries.entries())
    expect(shareOf(widths[i], widths[0])).toBeCloseTo(shareOf(durMs, entries[0]?.durMs), 1)
  // Again, with the keyboard: nothing is left of the answer before.
  await page.keyboard.press('Enter')
  await page.getByRole('status').filter({ hasText: 'as this browser waited' }).waitFor()
  expect(await page.locator('.bar').count()).toBe(entries.length)
  expect(complaints).toEqual([])
})

testInBrowser('the front door says so where an answer has no Server-Timing', async (page) => {
  await page.goto(gated)
  const { header, status } = await measure(page)
  expect(header).toBeNull()
  expect(status).toContain('in production only holders of the token get it')
  expect(await page.locator('table').isVisible()).toBe(false)
})

/** The names of the entries that a page's browser shows it of an answer that it has loaded by this expression. */
const entriesSeen = (page: Page, url: string, load: string): Promise<string[]> =>
  page.evaluate(`new Promise((resolve) => {
    const url = ${JSON.stringify(url)}
    new PerformanceObserver((list) => {
      const [entry] = list.getEntriesByName(url)
      if (entry) resolve(entry.serverTiming.map(({ name }) => name))
    }).observe({ type: 'resource' })
    ${load}
  })`)
const byFetch = 'fetch(url)'
// Without CORS no page may fetch the JSON of another origin, and Chromium then hides all of its headers.
const byFrame = `document.body.append(Object.assign(document.createElement('iframe'), { src: url }))`
const all = expect.arrayContaining(['total', 'db', 'serialize', 'feed', 'feed.db', 'user', 'user.db'])

testInBrowser('a page of the same origin reads our entries through PerformanceServerTiming', async (page) => {
  await page.goto(stack.url)
  expect(await entriesSeen(page, `${stack.url}/api/articles`, byFetch)).toEqual(all)
})

testInBrowser(
  'a page of another origin reads them where TIMING_ALLOW_ORIGIN names it, and only there',
  async (page) => {
    await page.goto(originOf(elsewhere))
    expect(await entriesSeen(page, `${open}/api/articles`, byFrame)).toEqual(all)
    expect(await entriesSeen(page, `${stack.url}/api/articles`, byFrame)).toEqual([])
  },
)

test('the front door and the documentation come with what `npm run build` makes', async () => {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  await promisify(execFile)('npm', ['run', 'build', '--silent'], { cwd: folder })
  const env = { PATH: process.env.PATH, PORT: '0', NATS_URL: natsUrlAs('gateway'), NATS_PREFIX: stack.natsPrefix }
  const built = await startServiceProcess({ name: 'gateway', entry: `${folder}dist/main.mjs`, env })
  try {
    const docs = await (await fetch(`${stack.url}/docs`)).text()
    const ofDocs = [...docs.matchAll(/(?:href|src)="(\/assets[^"]+)"/g)].map(([, path]) => path)
    expect(ofDocs).toHaveLength(4)
    for (const path of ['/', '/assets/front-door.js', '/assets/front-door.css', '/docs', ...ofDocs]) {
      const [ofBuild, ofSource] = await Promise.all([built.url, stack.url].map((url) => fetch(`${url}${path}`)))
      expect([path, ofBuild?.status, await ofBuild?.text()]).toEqual([path, 200, await ofSource?.text()])
    }
  } finally {
    await built.stop()
  }
}, 60_000)

test('the front door is made of own files alone, and its links lead somewhere', async () => {
  const page = await fetch(open)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  const html = await page.text()
  expect(html).toContain('<a href="http://127.0.0.1:3001/?a=1&#38;b=&#34;2&#34;">')

  const loaded = [...html.matchAll(/<(?:link|script|img)[^>]*(?:href|src)="([^"]+)"/g)].map(([, path]) => path)
  const linked = [...html.matchAll(/<a href="(\/[^"]+)"/g)].map(([, path]) => path)
  expect(loaded.length).toBeGreaterThanOrEqual(3)
  expect(linked).toEqual(['/api/articles', '/api/tags', '/docs', '/openapi.json'])
  for (const path of [...loaded, ...linked]) {
    const res = await fetch(`${open}${path}`)
    expect([path, res.status]).toEqual([path, 200])
    await res.arrayBuffer()
  }
  expect(await (await fetch(stack.url)).text()).not.toContain('<!-- admin -->')
  const missing = await fetch(`${open}/assets/none.js`)
  expect(missing.status).toBe(404)
})
