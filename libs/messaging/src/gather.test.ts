import { encode } from '@fastpath/contracts'
import { type Server, startNats } from '@fastpath/servers'
import { createMetrics, type Log, snapshotFromWire } from '@fastpath/timing'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { connect as connectRaw, type NatsConnection } from 'nats'
import { type Bus, type BusOptions, connect, latencySubject } from './connect.js'

let nats: Server
let raw: NatsConnection
let closing: (() => Promise<unknown>)[] = []
const warnings: string[] = []
const log: Log = {
  debug: () => {},
  info: () => {},
  warn: (_, message) => warnings.push(message),
  error: (_, message) => warnings.push(message),
}

beforeAll(async () => {
  nats = await startNats({ external: false })
  raw = await connectRaw({ servers: nats.url })
})
afterEach(async () => {
  for (const close of closing.reverse()) await close()
  closing = []
  warnings.length = 0
})
afterAll(async () => {
  await raw?.close()
  await nats?.stop()
})

const join = async (name: string, options: Partial<BusOptions> = {}): Promise<Bus> => {
  const bus = await connect({ url: nats.url, name, log, ...options })
  closing.push(bus.close)
  return bus
}
const answering = async (name: string, give: () => readonly unknown[] = () => [name]) => {
  const bus = await join(name)
  const listening = bus.answerAll('who', give)
  await bus.ping()
  return { bus, listening }
}

test('every instance is heard, also several of one name and the asker itself', async () => {
  const { bus } = await answering('gateway')
  await answering('feed')
  await answering('feed')
  const { replies, missing } = await bus.gather('who', { timeoutMs: 3_000 })
  expect(replies.map(({ name, items }) => [name, items]).sort()).toEqual([
    ['feed', ['feed']],
    ['feed', ['feed']],
    ['gateway', ['gateway']],
  ])
  expect(missing).toEqual([])
})

test('an answer larger than a message comes in several, whole', async () => {
  const items = Array.from({ length: 30 }, (_, i) => [i, 'x'.repeat(100_000)])
  const { bus } = await answering('gateway', () => items)
  const [reply, ...others] = (await bus.gather('who', { timeoutMs: 3_000 })).replies
  expect(others).toEqual([])
  expect(reply?.items.map((item) => (item as unknown[])[0])).toEqual(items.map(([i]) => i))
})

test('who is known is waited for; who has gone is named, once', async () => {
  const { bus } = await answering('gateway')
  const { listening } = await answering('feed')
  const options = { timeoutMs: 1_000, quietMs: 200 }
  expect((await bus.gather('who', options)).replies).toHaveLength(2)
  await listening.drain()
  const startedMs = performance.now()
  expect(await bus.gather('who', options)).toMatchObject({ replies: [{ name: 'gateway' }], missing: ['feed'] })
  expect(performance.now() - startedMs).toBeGreaterThan(900)
  expect(await bus.gather('who', options)).toMatchObject({ replies: [{ name: 'gateway' }], missing: [] })
})

test('garbage is left out, with one warning; an answer without its end counts as missing', async () => {
  const { bus } = await answering('gateway')
  const garbage = [
    new Uint8Array([0xc1]),
    'text',
    7,
    [2, 'id', 'name', []],
    [1, 'id'],
    [1, 7, 'name', []],
    [1, 'id', 'name', 'x'],
  ]
  const forger = raw.subscribe('who', {
    callback: (_, message) => {
      for (const one of garbage) message.respond(one instanceof Uint8Array ? one : encode(one))
      message.respond(encode([1, 'half', 'half an answer', ['first part']]))
    },
  })
  await raw.flush()
  try {
    const { replies, missing } = await bus.gather('who', { timeoutMs: 3_000 })
    expect(replies.map(({ name }) => name)).toEqual(['gateway'])
    expect(missing).toEqual(['half an answer'])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('can’t be read')
  } finally {
    forger.unsubscribe()
  }
})

test('where nobody answers it ends at once, and without a broker it says so', async () => {
  const bus = await join('gateway')
  const startedMs = performance.now()
  expect(await bus.gather('nobody', { timeoutMs: 10_000 })).toEqual({ replies: [], missing: [] })
  expect(performance.now() - startedMs).toBeLessThan(5_000)
  await bus.close()
  await expect(bus.gather('nobody')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('every process tells its latencies, those with the same prefix alone', async () => {
  const buses = await Promise.all(
    [1, 2].map(async (instance) => {
      const metrics = createMetrics()
      metrics.histogram('work_seconds', 'Work', { instance: String(instance) }).record(instance)
      const bus = await join('worker', { metrics, prefix: 'mine.' })
      await bus.ping()
      return bus
    }),
  )
  await (await join('stranger', { prefix: 'other.' })).ping()
  const { replies } = await (buses[0] as Bus).gather(latencySubject, { timeoutMs: 3_000 })
  const labels = replies.flatMap(({ items }) => items.map(snapshotFromWire)).map(({ labels }) => labels.instance)
  expect(labels.sort()).toEqual(['1', '2'])
})
