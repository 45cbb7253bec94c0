import { ServiceError } from '@fastpath/contracts'
import { statement } from '@fastpath/pooling'
import { administer, until } from '@fastpath/testing'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Bus } from '../connect.js'
import type { ConsumeOptions } from './consume-options.js'
import { eventHeaders } from './headers.js'
import { eventNames } from './streams.js'
import { counted, openTestEvents, type TestEvents } from './test-events.js'
import { Undeliverable } from './trouble.js'

jest.setTimeout(60_000)

interface Counted {
  readonly thingId: number
  readonly version: number
  readonly note?: string
}

let events: TestEvents
let bus: Bus
let names = 0
beforeAll(async () => {
  events = await openTestEvents()
  bus = await events.join()
  bus.relay(events.outbox, { databaseUrl: events.database.urls.user })
})
afterAll(() => events?.close())

/** Ids of things and names of consumers that no other test has. */
let things = 0
const newThing = () => ++things
const newName = () => `consumer${++names}`
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const consumer of opened.splice(0)) await consumer.close()
})
const quick = { backoffMs: { first: 20, longest: 100 }, restMs: { first: 50, longest: 200 } }
const consume = (options: Partial<ConsumeOptions<Counted>> & Pick<ConsumeOptions<Counted>, 'handle'>, on = bus) => {
  const consumer = on.consume(counted, { name: newName(), inbox: events.inbox, ...quick, ...options })
  opened.push(consumer)
  return consumer
}
const deadLetters = async (consumer: string) => {
  const raw = await events.raw()
  const manager = await raw.jetstreamManager()
  const { state } = await manager.streams.info(eventNames('').deadLetters)
  const found: { eventId: string; subject: string; history: string[] }[] = []
  for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq++) {
    const { header } = await manager.streams.getMessage(eventNames('').deadLetters, { seq })
    if (header.get(eventHeaders.consumer) !== consumer) continue
    found.push({
      eventId: header.get(eventHeaders.id),
      subject: header.get(eventHeaders.subject),
      history: JSON.parse(header.get(eventHeaders.history)),
    })
  }
  await raw.close()
  return found
}
/** What is neither done nor given back. */
const unfinished = async (consumer: string) => {
  const raw = await events.raw()
  const manager = await raw.jetstreamManager()
  const durable = eventNames('').durableOf(consumer, counted.subject)
  const { num_ack_pending, num_pending } = await manager.consumers.info(eventNames('').events, durable)
  await raw.close()
  return num_ack_pending + num_pending
}

test('every event is handled once, whatever happened before the consumer was there, bounded in flight', async () => {
  const thingId = newThing()
  for (let version = 1; version <= 40; version++) await events.emit({ thingId, version })
  const handled: number[] = []
  let atWork = 0
  let most = 0
  const name = newName()
  consume({
    name,
    maxInFlight: 4,
    handle: async (_call, data, about) => {
      if (data.thingId !== thingId) return
      most = Math.max(most, ++atWork)
      await new Promise((resolve) => setTimeout(resolve, 3))
      atWork--
      expect(about).toMatchObject({ aggregate: `thing:${thingId}`, version: data.version, attempt: 1 })
      handled.push(data.version)
    },
  })
  await until('all are handled', () => handled.length === 40, 20_000)
  await until('all are acknowledged', async () => (await unfinished(name)) === 0)
  expect(handled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(4)
})

test('a poison event is dead after its tries, with its history, while others flow', async () => {
  const [poison, well] = [newThing(), newThing()]
  const name = newName()
  let tries = 0
  let handled = 0
  consume({
    name,
    maxDeliveries: 3,
    handle: async (_call, { thingId }) => {
      if (thingId === well) handled++
      if (thingId !== poison) return
      tries++
      throw new Error(`no such template,\nsaid try ${tries} — “ü”`)
    },
  })
  await events.emit({ thingId: poison, version: 1 })
  for (let version = 1; version <= 10; version++) await events.emit({ thingId: well, version })
  await until('the others are handled', () => handled === 10)
  const [letter] = await until('it is dead', async () => {
    const letters = await deadLetters(name)
    return letters.length > 0 && letters
  })
  expect(tries).toBe(3)
  expect(letter?.subject).toBe(counted.subject)
  expect(letter?.history.map((line) => line.slice(25))).toEqual(
    [1, 2, 3].map((n) => `no such template,\nsaid try ${n} — “ü”`),
  )
  await until('nothing is left', async () => (await unfinished(name)) === 0)
})

test('what can never succeed is dead at once', async () => {
  const [thingId, name] = [newThing(), newName()]
  let tries = 0
  consume({
    name,
    handle: async (_call, data) => {
      if (data.thingId !== thingId) return
      tries++
      throw new Undeliverable('550 no such mailbox')
    },
  })
  await events.emit({ thingId, version: 1 })
  await until('it is dead', async () => (await deadLetters(name)).length === 1)
  expect(tries).toBe(1)
  expect((await deadLetters(name))[0]?.history[0]).toMatch(/UNDELIVERABLE: 550 no such mailbox$/)
})

test('another side that is away lets the consumer rest, and counts as no try', async () => {
  const [thingId, name] = [newThing(), newName()]
  let away = true
  let refused = 0
  const handled: number[] = []
  const attempts: number[] = []
  consume({
    name,
    maxDeliveries: 1,
    handle: async (_call, data, { attempt }) => {
      if (data.thingId !== thingId) return
      attempts.push(attempt)
      if (away) {
        refused++
        throw new ServiceError('UNAVAILABLE', 'connection refused')
      }
      handled.push(data.version)
    },
  })
  for (let version = 1; version <= 5; version++) await events.emit({ thingId, version })
  await until('it was refused often', () => refused > 20, 20_000)
  away = false
  await until('all are handled', () => handled.length === 5)
  expect(new Set(attempts)).toEqual(new Set([1]))
  expect(await deadLetters(name)).toEqual([])
})

test('an event sent twice is handled once, and its effect and mark commit together', async () => {
  const [thingId, name] = [newThing(), newName()]
  await administer(events.database.urls.user, (sql) => sql`create table effect (version integer)`)
  const insertEffect = statement<never, [version: number]>('insert_effect', 'insert into effect values ($1)')
  let calls = 0
  consume({
    name,
    handle: async (call, data, { mark }) => {
      if (data.thingId !== thingId) return
      calls++
      await events.pool.transaction(call, async (tx) => {
        await mark(tx)
        await tx.run(insertEffect, [data.version])
        if (calls === 1) throw new Error('after the mark')
      })
    },
  })
  await events.emit({ thingId, version: 7 })
  const effects = () =>
    administer(events.database.urls.user, async (sql) =>
      (await sql`select version from effect`).map(({ version }) => version),
    )
  await until('the second try has its effect', async () => (await effects()).length === 1)
  expect(calls).toBe(2)
  // As after a lost stream: sent once more under another message id.
  const raw = await events.raw()
  const manager = await raw.jetstreamManager()
  const stored = await manager.streams.getMessage(eventNames('').events, { last_by_subj: counted.subject })
  stored.header.set(eventHeaders.messageId, 'again')
  await raw.jetstream().publish(counted.subject, stored.data, { headers: stored.header })
  await until('it has come and gone', async () => (await unfinished(name)) === 0)
  expect(calls).toBe(2)
  expect(await effects()).toEqual([7])
})

test('of one thing older versions are dropped, and versions are handled one after the other', async () => {
  const [thingId, name] = [newThing(), newName()]
  const handled: number[] = []
  let failed = false
  let atWork = 0
  consume({
    name,
    inOrder: true,
    handle: async (_call, data) => {
      if (data.thingId !== thingId) return
      expect(++atWork).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 5))
      atWork--
      // Comes again when later ones are done already.
      if (data.version === 3 && !failed) {
        failed = true
        throw new Error('not yet')
      }
      handled.push(data.version)
    },
  })
  await events.emit(...[1, 2, 3, 4, 5, 6].map((version) => ({ thingId, version })))
  await until('the last one is handled', () => handled.includes(6))
  await until('all are settled', async () => (await unfinished(name)) === 0)
  expect(failed).toBe(true)
  expect(handled).toEqual([1, 2, 4, 5, 6])

  // All of them again, in disorder, as after a lost stream: nothing is handled that was, nothing older than what was.
  const raw = await events.raw()
  const manager = await raw.jetstreamManager()
  const { state } = await manager.streams.info(eventNames('').events)
  for (let seq = state.last_seq; seq > state.last_seq - 6; seq--) {
    const { header, data } = await manager.streams.getMessage(eventNames('').events, { seq })
    header.set(eventHeaders.messageId, `again ${seq}`)
    await raw.jetstream().publish(counted.subject, data, { headers: header })
  }
  await until('all are settled', async () => (await unfinished(name)) === 0)
  expect(handled).toEqual([1, 2, 4, 5, 6])
})

test('a handler that never ends is a failed try, and does not hold up the others', async () => {
  const [stuck, well, name] = [newThing(), newThing(), newName()]
  let aborted = false
  let handled = 0
  consume({
    name,
    maxInFlight: 1,
    maxDeliveries: 1,
    timeoutMs: 100,
    handle: (call, { thingId }) => {
      if (thingId === well) handled++
      if (thingId !== stuck) return Promise.resolve()
      call.signal.addEventListener('abort', () => {
        aborted = true
      })
      return new Promise(() => {})
    },
  })
  await events.emit({ thingId: stuck, version: 1 })
  await events.emit({ thingId: well, version: 1 })
  await until('the other is handled', () => handled === 1)
  expect((await deadLetters(name))[0]?.history[0]).toContain('DEADLINE_EXCEEDED')
  expect(aborted).toBe(true)
})

test('two instances share the work; one that closes in the middle of it loses and repeats nothing', async () => {
  const [thingId, name] = [newThing(), newName()]
  const begun = new Set<string>()
  const handled: string[] = []
  let goOn: () => void = () => {}
  const closing = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const handle = (who: string) => async (_call: unknown, data: Counted) => {
    if (data.thingId !== thingId) return
    begun.add(who)
    await closing
    handled.push(`${who}${data.version}`)
  }
  const other = await events.join()
  const leaving = consume({ name, maxInFlight: 4, handle: handle('a') })
  consume({ name, maxInFlight: 4, handle: handle('b') }, other)
  await events.emit(...Array.from({ length: 60 }, (_, i) => ({ thingId, version: i + 1 })))
  await until('both work', () => begun.size === 2)
  expect(leaving.inFlight).toBeGreaterThan(0)
  const closed = leaving.close()
  goOn()
  await closed
  expect(leaving.inFlight).toBe(0)
  await until('all are handled', () => handled.length >= 60, 20_000)
  await until('nothing is left', async () => (await unfinished(name)) === 0)
  expect(handled.map((done) => Number(done.slice(1))).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 60 }, (_, i) => i + 1),
  )
})

test('a consumer that rests closes at once, and gives back what it holds', async () => {
  const [thingId, name] = [newThing(), newName()]
  let held = 0
  const resting = consume({
    name,
    restMs: { first: 30_000, longest: 30_000 },
    handle: async (_call, data) => {
      if (data.thingId !== thingId) return
      held++
      throw new ServiceError('UNAVAILABLE', 'away')
    },
  })
  await events.emit({ thingId, version: 1 })
  await until('it rests', () => held === 1)
  await resting.close()
  const handled: number[] = []
  consume({ name, handle: async (_call, data) => void (data.thingId === thingId && handled.push(data.version)) })
  await until('another handles it soon', () => handled.length === 1)
})

test('the broker may go and come back, and lose all it had: each event is handled once', async () => {
  const thingId = newThing()
  const handled: number[] = []
  consume({
    handle: async (_call, data) => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      if (data.thingId === thingId) handled.push(data.version)
    },
  })
  await events.emit(...[1, 2, 3].map((version) => ({ thingId, version })))
  await until('the first are handled', () => handled.length === 3)
  await events.nats.kill()
  await events.emit(...[4, 5, 6].map((version) => ({ thingId, version })))
  await events.nats.restart()
  await until('the next too', () => handled.length === 6, 30_000)
  await events.emit(...[7, 8, 9].map((version) => ({ thingId, version })))
  await events.loseStore()
  await events.emit({ thingId, version: 10 })
  await until('and the last', () => handled.includes(10) && handled.length >= 10, 30_000)
  expect(handled.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('a message that is no event is passed over', async () => {
  const [thingId, name] = [newThing(), newName()]
  let handled = 0
  consume({ name, handle: async (_call, data) => void (data.thingId === thingId && handled++) })
  const raw = await events.raw()
  await raw.jetstream().publish(counted.subject, Buffer.from('nonsense'))
  await events.emit({ thingId, version: 1 })
  await until('the event is handled', () => handled === 1)
  await until('nothing is left', async () => (await unfinished(name)) === 0)
  expect(await deadLetters(name)).toEqual([])
})

test('options that can’t be are refused', () => {
  const handle = async () => {}
  expect(() => bus.consume(counted, { name: 'a.b', handle })).toThrow('takes letters')
  expect(() => bus.consume(counted, { name: 'a', maxDeliveries: 0, handle })).toThrow('takes 1 to 20')
  expect(() => bus.consume(counted, { name: 'a', maxInFlight: 0, handle })).toThrow('takes 1 or more')
})
