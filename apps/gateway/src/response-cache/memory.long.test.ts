import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compileTextCheck, getArticles } from '@fastpath/contracts'
import { expect, test } from '@jest/globals'
import { createEntries } from './entries.js'
import { finish } from './finished.js'
import { createPlaces } from './places.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const megabyte = 1_000_000
const { query } = getArticles as Required<Pick<typeof getArticles, 'query'>>

test('a million different things leave no more in memory than the bound', async () => {
  const places = createPlaces(4 * megabyte)
  places.add(getArticles.path, {
    route: { ...getArticles, cache: { softTtlMs: 1, hardTtlMs: 1, staleIfErrorMs: 0 } },
    checkParams: () => ({}),
    checkQuery: compileTextCheck(query),
    load: async () => '',
    answered: () => {},
  })
  const entries = createEntries(28 * megabyte, () => {})
  collect()
  const before = process.memoryUsage()
  for (let i = 0; i < 1_000_000; i++) {
    const place = places.at(`/api/articles?tag=tag-${i}&x=${i}`)
    const made = { status: 200, text: `{"articles":[],"articlesCount":${i}}`, headers: [], cacheControl: 'public' }
    const times = { loadedAtMs: 0, softEndMs: 0, hardEndMs: 0, endMs: 0, retryAtMs: 0 }
    entries.set(place?.key ?? '', { finished: await finish(made), tags: new Set(['articles', `user:${i}`]), ...times })
    if (i % 100_000 === 0) expect(entries.bytes).toBeLessThanOrEqual(28 * megabyte)
  }
  collect()
  const after = process.memoryUsage()
  const grownBy = after.heapUsed + after.external - before.heapUsed - before.external
  expect(entries.count).toBeGreaterThan(1_000)
  expect(grownBy).toBeLessThan(32 * megabyte)
}, 600_000)
