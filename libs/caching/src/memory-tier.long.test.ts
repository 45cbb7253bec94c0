import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from '@jest/globals'
import { createCaches } from './caches.js'
import { newCall } from './test-tiers.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('under a million keys the heap grows by no more than the bound', async () => {
  const maxBytes = 32_000_000
  const cache = createCaches().cache<string, { id: number; text: string }>({
    name: 'million',
    memory: { maxBytes },
    tags: (key) => [`tag:${key}`],
  })
  collect()
  const before = process.memoryUsage().heapUsed
  for (let page = 0; page < 10_000; page++) {
    const ids = Array.from({ length: 100 }, (_, i) => page * 100 + i)
    const load = async () => new Map(ids.map((id) => [`key:${id}`, { id, text: `text of ${id}` }]))
    await cache.getMany(
      newCall(),
      ids.map((id) => `key:${id}`),
      load,
    )
  }
  collect()
  const grown = process.memoryUsage().heapUsed - before
  expect(cache.peek('key:999999')?.value?.id).toBe(999_999)
  expect(grown).toBeGreaterThan(maxBytes / 10)
  expect(grown).toBeLessThan(maxBytes)
}, 300_000)
