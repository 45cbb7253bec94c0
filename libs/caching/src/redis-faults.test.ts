import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type Server, startRedis } from '@fastpath/servers'
import { until } from '@fastpath/testing'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type Caches, createCaches } from './caches.js'
import { createBackEnd, createTestTransport, newCall, thingLayout } from './test-tiers.js'

// Generous, since machines of tests are busy.
const timeoutMs = 100

let server: Server
let opened: Caches[] = []
beforeEach(async () => {
  server = await startRedis({ external: false })
})
afterEach(async () => {
  for (const caches of opened) caches.close()
  opened = []
  if (server.pid !== null) server.resume()
  await server.stop()
})

/** Without memory, so that every read asks Redis if it may. */
const open = async (url = server.url, transport = createTestTransport().transport) => {
  const caches = createCaches({ redis: { url, timeoutMs }, transport })
  opened.push(caches)
  const cache = caches.cache({ name: 'things', layout: thingLayout, softTtlMs: 60_000 })
  await until('Redis is in use', () => caches.redisUsable)
  return { caches, cache }
}

const readKept = async ({ cache }: Awaited<ReturnType<typeof open>>): Promise<string | undefined> => {
  const { value } = await cache.lookUp(newCall(), 'k', async () => ({ id: 'k', text: 'loaded' }))
  return value?.text
}

/** The slowest of many reads in a row, each with a load that takes no time. */
const slowestRead = async ({ cache }: Awaited<ReturnType<typeof open>>, times = 200): Promise<number[]> => {
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const startedMs = performance.now()
    await cache.get(newCall(), `k${i}`, async () => ({ id: 'k', text: 'loaded' }))
    took.push(performance.now() - startedMs)
  }
  return took.sort((a, b) => b - a)
}

test('stopped (SIGSTOP): no read waits longer than the time-out, soon none waits, and it is used again afterwards', async () => {
  const test = await open()
  server.pause()
  const took = await slowestRead(test)
  expect(took[0]).toBeLessThan(timeoutMs * 10)
  // Each of the first has waited; then the circuit was open.
  expect(took.filter((ms) => ms >= timeoutMs).length).toBeLessThan(10)
  expect(test.caches.redisUsable).toBe(false)
  server.resume()
  await until('Redis is in use again', () => test.caches.redisUsable)
})

test('killed: reads and writes go on without it; restarted, it is used again', async () => {
  const test = await open()
  await server.kill()
  await slowestRead(test)
  await test.cache.set('k', { id: 'k', text: 'set' })
  await test.caches.invalidate(['anything'])
  await server.restart()
  await until('Redis is in use again', () => test.caches.redisUsable)
  expect(await readKept(test)).toBe('loaded')
})

test('away at the start: nothing waits for it, and it is used once it is there', async () => {
  await server.kill()
  const caches = createCaches({ redis: { url: server.url, timeoutMs } })
  opened.push(caches)
  const cache = caches.cache({ name: 'things', layout: thingLayout })
  expect(await readKept({ caches, cache })).toBe('loaded')
  await server.restart()
  await until('Redis is in use', () => caches.redisUsable)
})

test('half-open: a peer that has vanished without a word is given up for a new connection', async () => {
  const road = await openRoad(server.url)
  try {
    const test = await open(road.url)
    road.freeze()
    const took = await slowestRead(test, 50)
    expect(took[0]).toBeLessThan(timeoutMs * 10)
    expect(test.caches.redisUsable).toBe(false)
    await until('Redis is in use again', () => test.caches.redisUsable)
  } finally {
    for (const caches of opened) caches.close()
    road.close()
  }
})

test.each([
  ['the tag', ['tag']],
  ['a hundred thousand tags', Array.from({ length: 100_000 }, (_, i) => (i === 50_000 ? 'tag' : `tag${i}`))],
])(
  'what was invalidated by %s while Redis was stopped is not fresh when it is back',
  async (_what, tags) => {
    const test = await open()
    await test.cache.set('k', { id: 'k', text: 'old' }, { tags: ['tag'] })
    expect(await readKept(test)).toBe('old')
    server.pause()
    for (let i = 0; i < tags.length; i += 1_000) await test.caches.invalidate(tags.slice(i, i + 1_000))
    expect(test.caches.redisUsable).toBe(false)
    server.resume()
    await until('Redis is in use again', () => test.caches.redisUsable)
    expect(await readKept(test)).toBe('loaded')
  },
  30_000,
)

test('another process, whose Redis was well all the time, does not serve it either', async () => {
  const { transport } = createTestTransport()
  const sick = await startRedis({ external: false })
  try {
    const healthy = await open(server.url, transport)
    // Stands for a process that is cut off from the same Redis.
    const cutOff = await open(sick.url, transport)
    await healthy.cache.set('k', { id: 'k', text: 'old' }, { tags: ['tag'] })
    expect(await readKept(healthy)).toBe('old')
    sick.pause()
    await cutOff.caches.invalidate(['tag'])
    expect(await readKept(healthy)).toBe('loaded')
    await until('Redis is in use again', () => healthy.caches.redisUsable)
    expect(await readKept(healthy)).toBe('loaded')
  } finally {
    sick.resume()
    await sick.stop()
  }
})

test('a load that was overtaken by an invalidation is not even written', async () => {
  const test = await open()
  const admin = new Redis(server.url)
  try {
    const backEnd = createBackEnd()
    backEnd.hold()
    const early = test.cache.get(newCall(), 'k', backEnd.load)
    await until('it is being loaded', () => backEnd.loads === 1)
    expect(await admin.keys('fastpath:*things:k*')).toEqual([expect.stringMatching(/:lease$/)])
    // By another process whose word has not come here yet.
    await admin.zincrby('fastpath:log', 1, '#seq')
    await admin.zadd('fastpath:log', (await admin.zscore('fastpath:log', '#seq')) ?? '', 'tthings:k')
    backEnd.release()
    await early
    await until('the lease is given back', async () => (await admin.keys('fastpath:*:lease')).length === 0)
    expect(await admin.keys('fastpath:*things:k*')).toEqual([])
  } finally {
    admin.disconnect()
  }
})

test('a load that began in an earlier life of Redis is not kept in the next', async () => {
  const test = await open()
  for (let i = 0; i < 5; i++) await test.caches.invalidate(['other'])
  const backEnd = createBackEnd()
  backEnd.hold()
  const early = test.cache.get(newCall(), 'k', backEnd.load)
  await until('it is being loaded', () => backEnd.loads === 1)
  await server.kill()
  await server.restart()
  await until('Redis is in use again', () => test.caches.redisUsable)
  backEnd.release()
  expect((await early)?.text).toBe('first')
  expect(await readKept(test)).toBe('loaded')
})

test('Redis set back to an earlier state is not believed', async () => {
  const test = await open()
  const admin = new Redis(server.url)
  try {
    await test.cache.set('k', { id: 'k', text: 'old' }, { tags: ['tag'] })
    const log = await admin.dumpBuffer('fastpath:log')
    await test.caches.invalidate(['tag'])
    const write = test.cache.get(newCall(), 'other', async () => ({ id: 'other', text: 'x' }))
    await write
    await admin.restore('fastpath:log', 0, log as Buffer, 'REPLACE')
    expect(await readKept(test)).toBe('loaded')
    await until('Redis is in use again', () => test.caches.redisUsable)
    expect(await readKept(test)).toBe('loaded')
  } finally {
    admin.disconnect()
  }
})

test('an entry that is not of the layout, and a log that was evicted, are misses', async () => {
  const test = await open()
  const admin = new Redis(server.url)
  try {
    await test.cache.set('k', { id: 'k', text: 'old' })
    const [key] = (await admin.keys('fastpath:*things:k')) as [string]
    await admin.hset(key, 'v', 'not MessagePack')
    expect(await readKept(test)).toBe('loaded')
    await test.cache.set('k', { id: 'k', text: 'old' })
    await admin.del('fastpath:log')
    expect(await readKept(test)).toBe('loaded')
  } finally {
    admin.disconnect()
  }
})

test('Redis that takes no more writes is not used, so nothing that was invalidated is served', async () => {
  const test = await open()
  const admin = new Redis(server.url)
  try {
    await test.cache.set('k', { id: 'k', text: 'old' })
    await admin.config('SET', 'maxmemory', '1')
    await test.cache.delete(['k'])
    expect(await readKept(test)).toBe('loaded')
    await admin.config('SET', 'maxmemory', '0')
    await until('Redis is in use again', () => test.caches.redisUsable)
    expect(await readKept(test)).toBe('loaded')
  } finally {
    admin.disconnect()
  }
})

/** Between us and Redis; once frozen, what is on it goes neither on nor back, while new connections are well. */
const openRoad = async (url: string) => {
  let roads: Socket[] = []
  const target = new URL(url)
  const listening = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far).pipe(near)
    roads.push(near, far)
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    freeze() {
      for (const socket of roads) socket.unpipe().pause()
    },
    close() {
      for (const socket of roads) socket.destroy()
      roads = []
      listening.close()
    },
  }
}
