import { type Page, testInBrowser } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.close())

/** Everything that goes wrong on a page, and every request that leaves this origin. */
const complaintsOf = (page: Page): string[] => {
  const complaints: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (asked) => {
    const { protocol, origin } = new URL(asked.url())
    if (protocol !== 'data:' && origin !== stack.url) complaints.push(`asks ${asked.url()}`)
  })
  page.on('requestfailed', (asked) => complaints.push(`failed: ${asked.url()}`))
  page.on('response', (res) => res.status() >= 400 && complaints.push(`${res.status()} ${res.url()}`))
  return complaints
}

testInBrowser(
  'the documentation shows every operation and tries one, without an error or another host',
  async (page) => {
    const complaints = complaintsOf(page)
    await page.goto(`${stack.url}/docs`)
    const operation = page.locator('.opblock').filter({ hasText: '/api/tags' })
    await operation.waitFor()
    const { paths } = (await (await fetch(`${stack.url}/openapi.json`)).json()) as { paths: Record<string, object> }
    expect(await page.locator('.opblock').count()).toBe(Object.values(paths).flatMap(Object.keys).length)

    await operation.click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    const answered = page.waitForResponse('**/api/tags')
    await operation.getByRole('button', { name: 'Execute' }).click()
    expect((await answered).status()).toBe(200)
    await operation.locator('.live-responses-table').getByText('"tags"').waitFor()
    expect(complaints).toEqual([])
  },
)

testInBrowser('its viewer is loaded once: a second visit finds it in the cache of the browser', async (page) => {
  const loadedBytes = async () => {
    await page.goto(`${stack.url}/docs`)
    await page.locator('.opblock').first().waitFor()
    return page.evaluate<number[]>(`performance.getEntriesByType('resource')
      .filter(({ name }) => name.includes('/swagger-ui')).map(({ transferSize }) => transferSize)`)
  }
  const [style = 0, script = 0] = await loadedBytes()
  expect([style > 1_000, script > 100_000]).toEqual([true, true])
  expect(await loadedBytes()).toEqual([0, 0])
})

test('the viewer comes compressed for who takes it, the same for who does not, and its policy allows nothing inline', async () => {
  const page = await fetch(`${stack.url}/docs/`)
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const html = await page.text()
  expect(html).not.toMatch(/<script>|style=|https?:/)
  const path = /\/assets\/[0-9a-f]{16}\/swagger-ui-bundle\.js/.exec(html)?.[0]
  const answers = []
  for (const accepted of ['gzip', 'identity']) {
    const res = await fetch(stack.url + path, { headers: { 'accept-encoding': accepted } })
    expect(res.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(res.headers.get('vary')).toContain('Accept-Encoding')
    answers.push([res.headers.get('content-encoding'), Number(res.headers.get('content-length')), await res.text()])
  }
  const [[coding, zipped, text] = [], [plain, whole, same] = []] = answers
  expect([coding, plain, same === text]).toEqual(['gzip', null, true])
  expect(Number(zipped)).toBeLessThan(Number(whole) / 2)
})
