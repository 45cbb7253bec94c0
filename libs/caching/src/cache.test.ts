import { ServiceError } from '@fastpath/contracts'
import { testServers, uniquePrefix, until } from '@fastpath/testing'
import { formatServerTiming } from '@fastpath/timing'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { CacheOptions } from './cache.js'
import { createBackEnd, newCall, openTestCache, type TestCache, type Thing, type Tiers } from './test-tiers.js'

const opened: TestCache[] = []
afterEach(() => {
  for (const { caches } of opened.splice(0)) caches.close()
})

const away = new ServiceError('UNAVAILABLE', 'away')
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.each<Tiers>(['memory', 'redis', 'both'])('with %s', (tiers) => {
  const open = async (options: Partial<CacheOptions<string, Thing>> = {}, prefix = uniquePrefix()) => {
    const cache = await openTestCache({ tiers, redisUrl: testServers().redisUrl, options, prefix })
    opened.push(cache)
    return cache
  }
  /** What was written to Redis has arrived. */
  const kept = async ({ cache }: TestCache, key: string) => {
    const none = () => Promise.reject(away)
    await until(`${key} is kept`, () => cache.get(newCall(), key, none).then(Boolean, () => false))
  }

  test('a value is loaded once, and the trace says whether it was found', async () => {
    const { cache } = await open()
    const backEnd = createBackEnd()
    const [first, second] = [newCall(), newCall()]
    expect(await cache.get(first, 'k', backEnd.load)).toEqual({ id: 'k', text: 'first' })
    await until('it is kept', async () => (await cache.lookUp(newCall(), 'k', backEnd.load)).state === 'hit')
    const loads = backEnd.loads
    expect(await cache.get(second, 'k', backEnd.load)).toEqual({ id: 'k', text: 'first' })
    expect(backEnd.loads).toBe(loads)
    expect(first.trace.described('cache')).toBe('miss')
    expect(formatServerTiming(second.trace.entries())).toContain('cache;desc="hit"')
  })

  test('a hundred concurrent misses load once', async () => {
    const { cache, metric } = await open()
    const backEnd = createBackEnd()
    const values = await Promise.all(Array.from({ length: 100 }, () => cache.get(newCall(), 'k', backEnd.load)))
    expect(new Set(values.map((value) => value?.text))).toEqual(new Set(['first']))
    expect(backEnd.loads).toBe(1)
    expect(metric('fastpath_cache_shared_loads_total{cache="things"}')).toBe(99)
    expect(metric('fastpath_cache_load_seconds_count{cache="things"}')).toBe(1)
  })

  test('all that a page misses is loaded with one call, in the order of the keys', async () => {
    const test = await open()
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'b', async () => ({ id: 'b', text: 'kept' }))
    await kept(test, 'b')
    const asked: (readonly string[])[] = []
    const found = await test.cache.getMany(newCall(), ['a', 'b', 'none', 'c', 'a'], (call, keys) => {
      asked.push(keys)
      return backEnd.loadMany(call, keys)
    })
    expect(found.map((thing) => thing?.text)).toEqual(['first', 'kept', undefined, 'first', 'first'])
    expect(asked).toEqual([['a', 'none', 'c']])
  })

  test('what does not exist is remembered for its own, shorter time', async () => {
    const { cache } = await open({ negativeTtlMs: 40 })
    let loads = 0
    const load = async () => {
      loads++
      return null
    }
    expect(await cache.get(newCall(), 'none', load)).toBeUndefined()
    expect(loads).toBe(1)
    await until('it is asked for again', async () => {
      expect(await cache.get(newCall(), 'none', load)).toBeUndefined()
      return loads > 1
    })
  })

  test('past the soft TTL it is served at once and loaded anew in the background', async () => {
    const test = await open({ softTtlMs: 30, hardTtlMs: 60_000 })
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'k', backEnd.load)
    await kept(test, 'k')
    backEnd.write('second')
    await pass(40)
    backEnd.hold()
    const call = newCall()
    const { value, state, ageMs } = await test.cache.lookUp(call, 'k', backEnd.load)
    expect([value?.text, state, call.trace.described('cache')]).toEqual(['first', 'stale', 'stale'])
    expect(ageMs).toBeGreaterThanOrEqual(30)
    backEnd.release()
    await until(
      'it is the new one',
      async () => (await test.cache.get(newCall(), 'k', backEnd.load))?.text === 'second',
    )
  })

  test('past the hard TTL it waits for the load', async () => {
    const test = await open({ softTtlMs: 30, hardTtlMs: 30 })
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'k', backEnd.load)
    await pass(50)
    backEnd.write('second')
    expect((await test.cache.lookUp(newCall(), 'k', backEnd.load)).value?.text).toBe('second')
  })

  test('the loader decides how long and by which tags, where it knows better', async () => {
    const test = await open()
    const backEnd = createBackEnd()
    const load = async (_call: unknown, about: { softTtlMs: number; hardTtlMs: number; tags: string[] }) => {
      about.softTtlMs = about.hardTtlMs = 30
      about.tags.push('extra')
      return backEnd.load()
    }
    await test.cache.get(newCall(), 'k', load)
    await pass(50)
    await test.cache.get(newCall(), 'k', backEnd.load)
    expect(backEnd.loads).toBe(2)
    await test.cache.get(newCall(), 'tagged', async (_call, about) => {
      about.tags.push('extra')
      return backEnd.load()
    })
    await test.cache.invalidate(['extra'])
    await test.cache.get(newCall(), 'tagged', backEnd.load)
    expect(backEnd.loads).toBe(4)
  })

  test.each([
    ['its own key', (test: TestCache) => test.cache.delete(['k'])],
    ['a tag of its value', (test: TestCache) => test.caches.invalidate(['other', 'text:first'])],
  ])('an invalidation by %s is seen by the next read', async (_by, invalidate) => {
    const test = await open()
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'k', backEnd.load)
    await kept(test, 'k')
    backEnd.write('second')
    await invalidate(test)
    expect((await test.cache.get(newCall(), 'k', backEnd.load))?.text).toBe('second')
  })

  test('another tag leaves it alone', async () => {
    const test = await open()
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'k', backEnd.load)
    await kept(test, 'k')
    await test.cache.invalidate(['text:other'])
    expect((await test.cache.lookUp(newCall(), 'k', backEnd.load)).state).toBe('hit')
  })

  test('a load that began before an invalidation is never kept, nor given to who asks after it', async () => {
    const test = await open()
    const backEnd = createBackEnd()
    backEnd.hold()
    const early = test.cache.get(newCall(), 'k', backEnd.load)
    await until('it is being loaded', () => backEnd.loads === 1)
    backEnd.write('second')
    await test.cache.invalidate(['text:first'])
    const late = test.cache.get(newCall(), 'k', backEnd.load)
    backEnd.release()
    expect((await early)?.text).toBe('first')
    expect((await late)?.text).toBe('second')
    expect((await test.cache.get(newCall(), 'k', backEnd.load))?.text).toBe('second')
  })

  test('what is set is served, and a load that was on its way does not replace it', async () => {
    const test = await open()
    const backEnd = createBackEnd()
    backEnd.hold()
    const early = test.cache.get(newCall(), 'k', backEnd.load)
    await until('it is being loaded', () => backEnd.loads === 1)
    await test.cache.set('k', { id: 'k', text: 'set' })
    backEnd.release()
    await early
    expect((await test.cache.get(newCall(), 'k', backEnd.load))?.text).toBe('set')
    expect(backEnd.loads).toBe(1)
  })

  test('where loading fails the old value is served, as stale; an answer such as NOT_FOUND is no failure', async () => {
    const test = await open({ softTtlMs: 20, hardTtlMs: 20, errorTtlMs: 60_000 })
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'k', backEnd.load)
    await pass(30)
    backEnd.fail(away)
    expect(await test.cache.lookUp(newCall(), 'k', backEnd.load)).toMatchObject({
      state: 'stale',
      value: { text: 'first' },
    })
    const loads = backEnd.loads
    await test.cache.get(newCall(), 'k', backEnd.load)
    if (tiers !== 'redis') expect(backEnd.loads).toBe(loads)
    backEnd.fail(new ServiceError('NOT_FOUND', 'gone'))
    await until('it is asked again', () =>
      test.cache.get(newCall(), 'k', backEnd.load).then(
        () => false,
        ({ code }: ServiceError) => code === 'NOT_FOUND',
      ),
    )
  })

  test('without time for the old, a failure is told as it is', async () => {
    const test = await open({ softTtlMs: 20, hardTtlMs: 20 })
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'k', backEnd.load)
    await pass(30)
    backEnd.fail(away)
    await expect(test.cache.get(newCall(), 'k', backEnd.load)).rejects.toBe(away)
  })

  test('a slow load: the old value in time, or else an error in time; the load goes on and is kept', async () => {
    const test = await open({ softTtlMs: 20, hardTtlMs: 20, errorTtlMs: 60_000 })
    const backEnd = createBackEnd()
    await test.cache.get(newCall(), 'old', backEnd.load)
    await pass(30)
    backEnd.hold()
    const startedMs = performance.now()
    const old = test.cache.lookUp(newCall(200), 'old', backEnd.load)
    const never = test.cache.get(newCall(200), 'new', backEnd.load)
    await expect(never).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(await old).toMatchObject({ state: 'stale', value: { text: 'first' } })
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    const loads = backEnd.loads
    const later = test.cache.get(newCall(), 'new', backEnd.load)
    backEnd.release()
    expect((await later)?.text).toBe('first')
    expect(backEnd.loads).toBe(loads)
  })

  test('a load does not die with its first caller', async () => {
    const { cache } = await open({ loadTimeoutMs: 5_000 })
    const backEnd = createBackEnd()
    backEnd.hold()
    const hasty = cache.get(newCall(30), 'k', backEnd.load)
    const patient = cache.get(newCall(), 'k', backEnd.load)
    await expect(hasty).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    backEnd.release()
    expect((await patient)?.text).toBe('first')
    expect(backEnd.loads).toBe(1)
  })

  test('a load that never ends is given up, and the next caller begins another', async () => {
    const { cache } = await open({ loadTimeoutMs: 50, leaseMs: 50 })
    const never = () => new Promise<Thing>(() => {})
    await expect(cache.get(newCall(50), 'k', never)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(await cache.get(newCall(), 'k', async () => ({ id: 'k', text: 'next' }))).toEqual({ id: 'k', text: 'next' })
  })

  test('no time left: nothing is begun', async () => {
    const { cache } = await open()
    const backEnd = createBackEnd()
    await expect(cache.get(newCall(0), 'k', backEnd.load)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    const cancelled = newCall()
    cancelled.cancel()
    await expect(cache.get(cancelled, 'k', backEnd.load)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(backEnd.loads).toBe(0)
  })

  test('warming loads, and a failure of it is no error', async () => {
    const { cache } = await open()
    const backEnd = createBackEnd()
    backEnd.fail(away)
    expect(await cache.warm(newCall(), ['a', 'b'], backEnd.loadMany)).toBe(false)
    backEnd.fail(undefined)
    expect(await cache.warm(newCall(), ['a', 'b'], backEnd.loadMany)).toBe(true)
    const loads = backEnd.loads
    await until('it is kept', async () => {
      const call = newCall()
      await cache.getMany(call, ['a', 'b'], backEnd.loadMany)
      return call.trace.described('cache') === 'hit'
    })
    if (tiers !== 'redis') expect(backEnd.loads).toBe(loads)
  })
})
