import { readFileSync } from 'node:fs'
import { operation, ServiceError } from '@fastpath/contracts'
import { type Server, startNats } from '@fastpath/servers'
import { Call, createMetrics, formatPrometheus, type Log } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connect as connectRaw, type NatsConnection } from 'nats'
import Type from 'typebox'
import { type Bus, connect } from './connect.js'

const Text = Type.Object({ text: Type.String() })
const shop = {
  list: operation({
    subject: 'shop.list',
    input: Type.Object({ limit: Type.Integer(), tag: Type.Optional(Type.String()) }),
    output: Type.Object({ items: Type.Array(Type.Object({ id: Type.Integer(), title: Type.String() })) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),
  echo: operation({ subject: 'shop.echo', input: Text, output: Text, idempotent: true, timeoutMs: 2_000 }),
  /** What it does is told by the text. */
  act: operation({ subject: 'shop.act', input: Text, output: Text, idempotent: false, timeoutMs: 60_000 }),
}
const nowhere = {
  ask: operation({ subject: 'nowhere.ask', input: Text, output: Text, idempotent: true, timeoutMs: 2_000 }),
}

let nats: Server
let callee: Bus
let caller: Bus
let raw: NatsConnection
const metrics = createMetrics()
const lines: { details: Record<string, unknown>; message: string }[] = []
const note = (details: object, message: string) => void lines.push({ details: { ...details }, message })
const log: Log = { debug: note, info: note, warn: note, error: note }
let release = () => {}
const released = new Promise<void>((resolve) => {
  release = resolve
})

beforeAll(async () => {
  nats = await startNats({ external: false })
  const { url } = nats
  callee = await connect({ url, name: 'shop', log })
  caller = await connect({ url, name: 'caller', metrics })
  raw = await connectRaw({ servers: url })
  callee.serve(
    shop,
    {
      list: async (call, { limit, tag = 'none' }) => {
        call.trace.begin('db')
        for (const page of [1, 2]) call.trace.use('statement', 'items', [page]).end(1, limit)
        await new Promise((resolve) => setTimeout(resolve, 20))
        call.trace.end('db')
        return { items: Array.from({ length: limit }, (_, id) => ({ id, title: `${tag} ${id}` })) }
      },
      echo: (_call, { text }) => ({ text }),
      act: async (call, { text }) => {
        if (text === 'who')
          return { text: JSON.stringify({ viewer: call.viewer, traceId: call.trace.context.traceId }) }
        if (text === 'fields')
          throw new ServiceError('CONFLICT', 'taken', { fields: { email: ['has already been taken'] } })
        if (text === 'crash') throw new Error('password is hunter2')
        if (text === 'ill-formed') return { text: '\ud800' }
        await released
        return { text }
      },
    },
    { maxInFlight: 20_000 },
  )
  await callee.ping()
})

afterAll(async () => {
  release()
  await Promise.all([caller?.close(), callee?.close(), raw?.close()])
  await nats?.stop()
})

const newCall = (timeoutMs = 5_000) => new Call({ timeoutMs })
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: ServiceError) => error.code,
  )

test('a typed call goes there and back, and its trace tells of both sides', async () => {
  const call = newCall()
  const { items } = await caller.client(shop).list(call, { limit: 3, tag: 'new' })
  expect(items).toEqual([0, 1, 2].map((id) => ({ id, title: `new ${id}` })))

  expect(call.trace.entries().map(({ name }) => name)).toEqual(
    expect.arrayContaining(['total', 'shop', 'shop.db', 'db']),
  )
  expect(call.trace.coveredMs('shop.db')).toBeGreaterThan(15)
  expect(call.trace.coveredMs('shop')).toBeGreaterThanOrEqual(call.trace.coveredMs('shop.db'))
  expect(call.trace.counts('operation')).toEqual({ 'shop.list': 1 })
  expect(call.trace.counts('statement')).toEqual({ items: 2 })
  expect(call.trace.usages('statement').get('items')).toMatchObject({ distinct: 2, mostRows: 3 })
  expect(call.trace.usages('operation').get('shop.list')?.slowestMs).toBeGreaterThan(15)
  expect(formatPrometheus(metrics)).toContain('fastpath_call_seconds_count{operation="shop.list"} 1')
})

test('one operation called too often notes the line that did so, and whether the inputs differed', async () => {
  const { echo } = caller.client(shop)
  const usageOf = async (texts: readonly string[]) => {
    const call = newCall()
    await Promise.all(texts.map((text) => echo(call, { text }))) // the line
    return call.trace.usages('operation').get('shop.echo')
  }
  const line =
    readFileSync(new URL(import.meta.url), 'utf8')
      .split('\n')
      .findIndex((text) => text.endsWith('// the line')) + 1
  const site = `libs/messaging/src/client.test.ts:${line}`
  expect(await usageOf(Array.from({ length: 8 }, (_, i) => `${i}`))).toMatchObject({ distinct: 8, mostSame: 1, site })
  expect(await usageOf(Array.from({ length: 8 }, () => 'same'))).toMatchObject({ distinct: 1, mostSame: 8, site })
  expect((await usageOf(['a', 'b', 'c', 'd', 'e']))?.site).toBeUndefined()
})

test('the viewer and the identity of the trace travel', async () => {
  const call = new Call({ timeoutMs: 5_000, viewer: { id: 42 } })
  const { text } = await caller.client(shop).act(call, { text: 'who' })
  expect(JSON.parse(text)).toEqual({ viewer: { id: 42 }, traceId: call.trace.context.traceId })
})

test('errors cross with their fields; the metrics count them by code', async () => {
  await expect(caller.client(shop).act(newCall(), { text: 'fields' })).rejects.toMatchObject({
    name: 'ServiceError',
    code: 'CONFLICT',
    message: 'taken',
    fields: { email: ['has already been taken'] },
  })
  expect(formatPrometheus(metrics)).toMatch(/fastpath_call_errors_total\{.*shop\.act.*CONFLICT.*\} 1/)
})

test.each(['crash', 'ill-formed'])(
  'an internal error (%s) is logged there, with its trace, and tells nothing here',
  async (text) => {
    lines.length = 0
    const call = newCall()
    const error = await caller
      .client(shop)
      .act(call, { text })
      .catch((thrown: ServiceError) => thrown)
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'internal error' })
    expect((error as ServiceError).cause).toBeUndefined()
    const { traceId } = call.trace.context
    expect(lines).toEqual([
      { details: { traceId, operation: 'shop.act', err: expect.any(Error) }, message: 'a call has failed' },
    ])
  },
)

test('without a responder a call fails at once', async () => {
  const startMs = performance.now()
  expect(await codeOf(caller.client(nowhere).ask(newCall(), { text: '' }))).toBe('UNAVAILABLE')
  expect(performance.now() - startMs).toBeLessThan(50)
})

test('without time left nothing is sent', async () => {
  const call = newCall(0)
  expect(await codeOf(caller.client(shop).echo(call, { text: '' }))).toBe('DEADLINE_EXCEEDED')
  expect(call.trace.countOf('operation')).toBe(0)

  const cancelled = newCall()
  cancelled.cancel()
  expect(await codeOf(caller.client(shop).echo(cancelled, { text: '' }))).toBe('CANCELLED')
})

test('a call ends at its deadline, and at the one of the operation where that is nearer', async () => {
  const startMs = performance.now()
  expect(await codeOf(caller.client(shop).act(newCall(100), { text: 'wait' }))).toBe('DEADLINE_EXCEEDED')
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(99)
  expect(performance.now() - startMs).toBeLessThan(400)

  const hasty = { act: { ...shop.act, timeoutMs: 100 } }
  const hastyMs = performance.now()
  expect(await codeOf(caller.client(hasty).act(newCall(), { text: 'wait' }))).toBe('DEADLINE_EXCEEDED')
  expect(performance.now() - hastyMs).toBeLessThan(1_000)
})

test('cancelling ends the wait', async () => {
  const call = newCall()
  const code = codeOf(caller.client(shop).act(call, { text: 'wait' }))
  call.cancel()
  const cancelledMs = performance.now()
  expect(await code).toBe('CANCELLED')
  expect(performance.now() - cancelledMs).toBeLessThan(200)
})

test('an input that is too large, or no proper text, is invalid, and the connection lives on', async () => {
  const text = 'x'.repeat(2 * 1024 * 1024)
  expect(await codeOf(caller.client(shop).echo(newCall(), { text }))).toBe('INVALID')
  expect(await codeOf(caller.client(shop).echo(newCall(), { text: 'a\ud800' }))).toBe('INVALID')
  expect(await caller.client(shop).echo(newCall(), { text: 'fine' })).toEqual({ text: 'fine' })
})

test('a hundred large calls at a time keep their bodies apart', async () => {
  const texts = Array.from({ length: 100 }, (_, i) => `${i}:${String.fromCharCode(97 + (i % 26)).repeat(20_000 + i)}`)
  const { echo } = caller.client(shop)
  const replies = await Promise.all(texts.map((text) => echo(newCall(10_000), { text })))
  expect(replies.map(({ text }) => text)).toEqual(texts)
})

test('an input that is changed after the call does not change the call', async () => {
  const input = { text: 'before' }
  const reply = caller.client(shop).echo(newCall(), input)
  input.text = 'after'
  expect(await reply).toEqual({ text: 'before' })
})

test('a reply that can’t be read fails the one call; late, double and stray ones are ignored', async () => {
  const liar = {
    ask: operation({ subject: 'liar.ask', input: Text, output: Text, idempotent: true, timeoutMs: 2_000 }),
  }
  let inbox = ''
  const subscription = raw.subscribe('liar.ask', {
    callback: (_error, message) => {
      inbox = message.reply?.replace(/[^.]*$/, '') ?? ''
      message.respond(new Uint8Array([0xc1, 1, 2, 3]))
      message.respond(new Uint8Array(0))
    },
  })
  await raw.flush()
  expect(await codeOf(caller.client(liar).ask(newCall(), { text: '' }))).toBe('CONTRACT_MISMATCH')
  for (const last of ['1', 'zzzzzz', '-1', '%', 'NaN', '0']) raw.publish(inbox + last, new Uint8Array([1, 2, 3]))
  await raw.flush()
  subscription.unsubscribe()
  expect(await caller.client(shop).echo(newCall(), { text: 'alive' })).toEqual({ text: 'alive' })
})

test('calls that wait are bounded', async () => {
  const bus = await connect({ url: nats.url, name: 'greedy' })
  try {
    const { act } = bus.client(shop)
    const call = newCall(60_000)
    const codes = Array.from({ length: 10_000 }, () => codeOf(act(call, { text: 'wait' })))
    expect(await codeOf(act(call, { text: 'wait' }))).toBe('OVERLOADED')
    call.cancel()
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['CANCELLED']))
  } finally {
    await bus.close()
  }
})
