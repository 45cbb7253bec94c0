import { until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { openDeadLetters } from './dead-letters.js'
import { counted, openTestEvents, type TestEvents } from './test-events.js'

jest.setTimeout(60_000)

let events: TestEvents
beforeAll(async () => {
  events = await openTestEvents()
})
afterAll(() => events?.close())

const listed = async (letters: Awaited<ReturnType<typeof openDeadLetters>>) => {
  const found = []
  for await (const letter of letters.list()) found.push(letter)
  return found
}

test('dead letters are listed, shown, dropped, and retried once by the consumer that failed and no other', async () => {
  const letters = await openDeadLetters({ url: events.nats.url })
  try {
    expect(await listed(letters)).toEqual([])
    const bus = await events.join()
    bus.relay(events.outbox, { databaseUrl: events.database.urls.user })
    let broken = true
    const mended: number[] = []
    const attempts: number[] = []
    const others: number[] = []
    const backoffMs = { first: 10, longest: 20 }
    bus.consume(counted, {
      name: 'fragile',
      inbox: events.inbox,
      maxDeliveries: 2,
      backoffMs,
      handle: async (_call, { thingId }, { attempt }) => {
        attempts.push(attempt)
        if (broken) throw new Error('broken template')
        mended.push(thingId)
      },
    })
    // Without an inbox: it would handle whatever it is handed.
    bus.consume(counted, { name: 'other', handle: async (_call, { thingId }) => void others.push(thingId) })
    await events.emit({ thingId: 1, version: 1 }, { thingId: 2, version: 5 }, { thingId: 3, version: 1 })
    const dead = await until('all three are dead', async () => {
      const found = await listed(letters)
      return found.length === 3 && found
    })
    // By their places: a broker may forget which is the first and which the last of what is left.
    const [retried, kept, dropped] = dead
    if (!retried || !kept || !dropped) throw new Error('a letter is missing')
    const version = retried.aggregate === 'thing:2' ? 5 : 1
    expect(retried).toMatchObject({ consumer: 'fragile', subject: counted.subject, version })
    expect(retried.history).toHaveLength(2)
    expect(await letters.find(retried.id)).toEqual(retried)

    await letters.drop(dropped.id)
    expect(await letters.find(dropped.id)).toBeUndefined()

    broken = false
    await letters.retry(retried)
    await until('it is handled', () => mended.length === 1)
    expect(mended.map((thingId) => `thing:${thingId}`)).toEqual([retried.aggregate])
    // A letter that is tried again has all of its tries.
    expect(attempts.at(-1)).toBe(1)
    expect(await listed(letters)).toEqual([kept])
    await letters.retry(kept)
    await until('and the other', () => mended.length === 2)
    expect(others.toSorted()).toEqual([1, 2, 3])
    expect(await listed(letters)).toEqual([])
  } finally {
    await letters.close()
  }
})

test('a broker that is away is told at once', async () => {
  await expect(openDeadLetters({ url: 'nats://127.0.0.1:1' })).rejects.toThrow()
})
