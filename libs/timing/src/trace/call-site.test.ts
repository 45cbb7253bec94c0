import { expect, test } from '@jest/globals'
import { callSite, siteInStack } from './call-site.js'

const here = import.meta.url.replace('file://', '')
const libs = here.replace(/timing\/src\/.*$/, '')
const stackOf = (...frames: string[]) => ['Error', ...frames.map((frame) => `    at ${frame}`)].join('\n')

test('the place is the line that asked, relative to the working directory', () => {
  expect(callSite()).toMatch(/^libs\/timing\/src\/trace\/call-site\.test\.ts:9$/)
})

test('frames of the libraries, of packages and of Node are passed over', () => {
  const stack = stackOf(
    `Trace.use (${libs}timing/src/trace.ts:1:1)`,
    `run (file://${libs}pooling/dist/pool.js:10:3)`,
    'new Promise (<anonymous>)',
    'async Promise.all (index 0)',
    'node:internal/process/task_queues:95:5',
    'wrapped (/srv/node_modules/p-map/index.js:4:2)',
    'async listArticles (file:///srv/my%20shop/src/articles.ts:31:9)',
    'later (/srv/other.ts:1:1)',
  )
  expect(siteInStack(stack)).toBe('/srv/my shop/src/articles.ts:31')
  expect(siteInStack(stackOf('async /srv/main.ts:7:3'))).toBe('/srv/main.ts:7')
  expect(siteInStack(stackOf(`run (${libs}pooling/src/pool.ts:1:1)`))).toBeUndefined()
})

test("the reader's own libraries beside ours, our tests and our examples are places", () => {
  for (const file of ['billing/src/a.ts', 'pooling/src/pool.test.ts', 'pooling/examples/naive.ts']) {
    expect(siteInStack(stackOf(`run (${libs}${file}:5:1)`))).toMatch(new RegExp(`${file}:5$`))
  }
})
