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
    const [first] = dead.filter(({ aggregate }) => aggregate === 'thing:2')
    if (!first) throw new Error('the letter of thing 2 is missing')
    expect(first).toMatchObject({ consumer: 'fragile', subject: counted.subject, version: 5 })
    expect(first.history).toHaveLength(2)
    expect(await letters.find(first.id)).toEqual(first)

    const [dropped] = dead.filter(({ aggregate }) => aggregate === 'thing:3')
    await letters.drop(dropped?.id ?? 0)
    expect(await letters.find(dropped?.id ?? 0)).toBeUndefined()

    broken = false
    await letters.retry(first)
    await until('it is handled', () => mended.length === 1)
    expect(mended).toEqual([2])
    // A letter that is tried again has all of its tries.
    expect(attempts.at(-1)).toBe(1)
    expect((await listed(letters)).map(({ aggregate }) => aggregate)).toEqual(['thing:1'])
    for (const letter of await listed(letters)) await letters.retry(letter)
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
