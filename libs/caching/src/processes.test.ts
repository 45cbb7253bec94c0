import { testServers, uniquePrefix, until } from '@fastpath/testing'
import { afterEach, expect, test } from '@jest/globals'
import type { CacheOptions } from './cache.js'
import {
  createBackEnd,
  createTestTransport,
  newCall,
  openTestCache,
  type TestCache,
  type Thing,
  type Tiers,
} from './test-tiers.js'

const opened: TestCache[] = []
afterEach(() => {
  for (const { caches } of opened.splice(0)) caches.close()
})

/** Caches as of several processes: nothing is shared but Redis and the transport. */
const openMany = async (count: number, tiers: Tiers = 'both', options: Partial<CacheOptions<string, Thing>> = {}) => {
  const { transport, listeners, cut, deafen } = createTestTransport()
  const redisUrl = testServers().redisUrl
  const prefix = uniquePrefix()
  const many = await Promise.all(
    Array.from({ length: count }, () => openTestCache({ tiers, redisUrl, prefix, transport, options })),
  )
  opened.push(...many)
  return { many: many as [TestCache, TestCache, ...TestCache[]], listeners, cut, deafen }
}

test('concurrent misses of four processes load once', async () => {
  const { many } = await openMany(4)
  const backEnd = createBackEnd()
  backEnd.hold()
  const reads = many.flatMap(({ cache }) => Array.from({ length: 25 }, () => cache.get(newCall(), 'k', backEnd.load)))
  await until('one of them loads', () => backEnd.loads > 0)
  // Long enough for the others to have asked Redis several times.
  await new Promise((resolve) => setTimeout(resolve, 100))
  backEnd.release()
  expect(new Set((await Promise.all(reads)).map((thing) => thing?.text))).toEqual(new Set(['first']))
  expect(backEnd.loads).toBe(1)
})

test('a page that two processes miss half each is loaded once per key', async () => {
  const { many } = await openMany(2)
  const [one, other] = many
  const asked: string[] = []
  const load = async (_call: unknown, keys: readonly string[]) => {
    asked.push(...keys)
    await new Promise((resolve) => setTimeout(resolve, 30))
    return new Map(keys.map((id) => [id, { id, text: id }]))
  }
  const found = await Promise.all([
    one.cache.getMany(newCall(), ['a', 'b', 'c'], load),
    other.cache.getMany(newCall(), ['b', 'c', 'd'], load),
  ])
  expect(found.map((things) => things.map((thing) => thing?.id))).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c', 'd'],
  ])
  expect(asked.sort()).toEqual(['a', 'b', 'c', 'd'])
})

test('a lease is voided by an invalidation: nobody waits for a load that is out of date', async () => {
  const { many } = await openMany(2, 'both', { leaseMs: 60_000 })
  const [one, other] = many
  const slow = createBackEnd()
  slow.hold()
  const early = one.cache.get(newCall(), 'k', slow.load)
  await until('one loads', () => slow.loads === 1)
  await other.cache.delete(['k'])
  const startedMs = performance.now()
  const late = await other.cache.get(newCall(20_000), 'k', async () => ({ id: 'k', text: 'second' }))
  expect(late?.text).toBe('second')
  // Half of its time, had it waited for the lease.
  expect(performance.now() - startedMs).toBeLessThan(8_000)
  slow.release()
  expect((await early)?.text).toBe('first')
  expect((await one.cache.get(newCall(), 'k', slow.load))?.text).toBe('second')
  expect(slow.loads).toBe(1)
})

test('the lease of one who has died runs out', async () => {
  const { many } = await openMany(2, 'both', { leaseMs: 100 })
  const [one, other] = many
  void one.cache.get(newCall(300), 'k', () => new Promise<Thing>(() => {})).catch(() => {})
  await until('the lease is taken', () => one.caches.redisUsable)
  expect((await other.cache.get(newCall(), 'k', async () => ({ id: 'k', text: 'second' })))?.text).toBe('second')
})

test('a failed load gives the lease back at once', async () => {
  const { many } = await openMany(2, 'both', { leaseMs: 60_000 })
  const [one, other] = many
  await expect(one.cache.get(newCall(), 'k', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect((await other.cache.get(newCall(), 'k', async () => ({ id: 'k', text: 'second' })))?.text).toBe('second')
})

test.each<Tiers>(['memory', 'redis', 'both'])('with %s, an invalidation reaches every process', async (tiers) => {
  const { many } = await openMany(3, tiers)
  const backEnd = createBackEnd()
  for (const { cache } of many) await cache.get(newCall(), 'k', backEnd.load)
  backEnd.write('second')
  await many[0].cache.invalidate(['text:first'])
  for (const { cache } of many) expect((await cache.get(newCall(), 'k', backEnd.load))?.text).toBe('second')
})

test('what is set in one process is what the others read', async () => {
  const { many } = await openMany(2)
  const [one, other] = many
  const backEnd = createBackEnd()
  await other.cache.get(newCall(), 'k', backEnd.load)
  await one.cache.set('k', { id: 'k', text: 'set' })
  expect((await other.cache.get(newCall(), 'k', backEnd.load))?.text).toBe('set')
  expect((await one.cache.lookUp(newCall(), 'k', backEnd.load)).state).toBe('hit')
})

test('what the transport has lost is made good by distrust', async () => {
  const { many, cut } = await openMany(2)
  const [one, other] = many
  const backEnd = createBackEnd()
  await other.cache.get(newCall(), 'k', backEnd.load)
  backEnd.write('second')
  cut(true)
  await one.cache.invalidate(['text:first'])
  expect((await other.cache.get(newCall(), 'k', backEnd.load))?.text).toBe('first')
  other.caches.distrust()
  expect((await other.cache.get(newCall(), 'k', backEnd.load))?.text).toBe('second')
})

test('while others can’t be heard nothing in memory is fresh, nor what was loaded meanwhile when they can be again', async () => {
  const { many, deafen } = await openMany(2, 'memory')
  const [one] = many
  const backEnd = createBackEnd()
  const read = async () => (await one.cache.get(newCall(), 'k', backEnd.load))?.text
  await read()
  deafen(true)
  backEnd.write('second')
  expect([one.caches.hears, one.cache.peek('k'), await read()]).toEqual([false, undefined, 'second'])
  backEnd.write('third')
  deafen(false)
  expect([one.caches.hears, await read(), await read()]).toEqual([true, 'third', 'third'])
  expect(backEnd.loads).toBe(3)
})

test('while others can’t be heard no load is shared: it may have begun before a write of who asks', async () => {
  const { many, deafen } = await openMany(1, 'memory')
  const { cache } = many[0]
  const backEnd = createBackEnd()
  deafen(true)
  backEnd.hold()
  const early = cache.get(newCall(), 'k', backEnd.load)
  await until('it loads', () => backEnd.loads === 1)
  backEnd.write('second')
  const late = cache.get(newCall(), 'k', backEnd.load)
  backEnd.release()
  expect([(await early)?.text, (await late)?.text]).toEqual(['first', 'second'])
})

test('who listens is told what was invalidated, here and elsewhere, and when nobody knows what', async () => {
  const { many, deafen } = await openMany(2, 'memory')
  const [one, other] = many as [TestCache, TestCache]
  const told: unknown[] = []
  one.caches.onInvalidated((tags) => told.push(tags))
  await one.caches.invalidate(['here'])
  await other.caches.invalidate(['elsewhere'])
  one.caches.distrust()
  deafen(false)
  expect(told).toEqual([['here'], ['elsewhere'], 'everything', 'everything'])
})

test('who is signed in is not given what is older than an invalidation, even where there is nothing else', async () => {
  const { many } = await openMany(1, 'memory', { errorTtlMs: 60_000 })
  const { cache } = many[0]
  const backEnd = createBackEnd()
  await cache.get(newCall(), 'k', backEnd.load)
  await cache.delete(['k'])
  backEnd.fail(new Error('away'))
  expect(await cache.get(newCall(), 'k', backEnd.load)).toMatchObject({ text: 'first' })
  const signedIn = newCall()
  signedIn.viewer = { id: 1 }
  await expect(cache.get(signedIn, 'k', backEnd.load)).rejects.toThrow('away')
})

test('age and TTLs count from the load, whichever process it was', async () => {
  const { many } = await openMany(2, 'both', { softTtlMs: 50, hardTtlMs: 60_000 })
  const [one, other] = many
  const backEnd = createBackEnd()
  await one.cache.get(newCall(), 'k', backEnd.load)
  await new Promise((resolve) => setTimeout(resolve, 60))
  const { state, ageMs } = await other.cache.lookUp(newCall(), 'k', backEnd.load)
  expect(state).toBe('stale')
  // A few less: Redis counts whole milliseconds.
  expect(ageMs).toBeGreaterThanOrEqual(55)
  await until('it was loaded anew', () => backEnd.loads === 2)
})

test('closing leaves neither listeners nor connections', async () => {
  const { many, listeners } = await openMany(2)
  expect(listeners.size).toBe(2)
  for (const { caches } of many) caches.close()
  expect(listeners.size).toBe(0)
  expect(many.map(({ caches }) => caches.redisUsable)).toEqual([false, false])
})

test('what was lost on the way is learned in another way, in Redis too; what was heard is not done again', async () => {
  const { many, cut } = await openMany(2)
  const [writer, other] = many
  const backEnd = createBackEnd()
  const read = async ({ cache }: TestCache) => (await cache.get(newCall(), 'k', backEnd.load))?.text
  await read(other)
  cut(true)
  backEnd.write('second')
  expect(await read(other)).toBe('first')
  await other.caches.learn(['text:first'], 'change 1')
  expect([await read(other), backEnd.loads]).toEqual(['second', 2])

  cut(false)
  await writer.caches.invalidate(['text:second'], ['change 2'])
  expect([await read(other), backEnd.loads]).toEqual(['second', 3])
  await other.caches.learn(['text:second'], 'change 2')
  expect([await read(other), backEnd.loads]).toEqual(['second', 3])
})
