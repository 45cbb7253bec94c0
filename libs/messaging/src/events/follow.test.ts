import type { Event } from '@fastpath/contracts'
import { type Line, openLine, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { type Bus, connect } from '../connect.js'
import { eventNames } from './streams.js'
import { counted, newCall, openTestEvents, type TestEvents } from './test-events.js'

jest.setTimeout(60_000)

let events: TestEvents
let line: Line
let bus: Bus
beforeAll(async () => {
  events = await openTestEvents()
  line = await openLine(events.nats.url)
  bus = await connect({ url: line.url, name: 'follower' })
})
afterAll(async () => {
  await bus?.close()
  await line?.close()
  await events?.close()
})

const publish = async () => {
  const publisher = await events.join()
  publisher.relay(events.outbox, { databaseUrl: events.database.urls.user })
}
const follow = async (followed: readonly Event[] = [counted as Event]) => {
  const heard: (number | 'gap')[] = []
  const follower = bus.follow(followed, {
    onEvent: (_event, data) => heard.push((data as { version: number }).version),
    onGap: () => heard.push('gap'),
  })
  await until('it follows', () => follower.following)
  return { heard, follower }
}
const emit = (...versions: number[]) => events.emit(...versions.map((version) => ({ thingId: 1, version })))
const hears = (heard: unknown[], ...expected: unknown[]) =>
  until('all is heard', () => heard.length >= expected.length).then(() => expect(heard).toEqual(expected))

test('a stream that is not there yet is followed from its beginning, one that is from now on', async () => {
  const first = await follow()
  await emit(1, 2)
  await publish()
  await hears(first.heard, 1, 2)
  const second = await follow()
  await emit(3)
  await hears(first.heard, 1, 2, 3)
  await hears(second.heard, 'gap', 3)
  await Promise.all([first.follower.close(), second.follower.close()])
})

test('what happens while the connection is lost is told after it, in order and once', async () => {
  const { heard, follower } = await follow()
  await emit(10)
  await hears(heard, 'gap', 10)
  line.cut()
  await until('the loss is known', () => !follower.following)
  await emit(11, 12)
  await until('they are stored', async () => (await events.stored()).some(({ version }) => version === 12))
  line.mend()
  await hears(heard, 'gap', 10, 11, 12)
  await emit(13)
  await hears(heard, 'gap', 10, 11, 12, 13)
  await follower.close()
})

test('a consumer that the broker has lost is made anew, and goes on where it was', async () => {
  const { heard, follower } = await follow()
  await emit(20)
  await hears(heard, 'gap', 20)
  const raw = await events.raw()
  const manager = await raw.jetstreamManager()
  for await (const { name } of manager.consumers.list(eventNames('').events)) {
    await manager.consumers.delete(eventNames('').events, name)
  }
  await emit(21)
  await until('it is noticed', () => heard.length === 3, 15_000)
  expect(heard).toEqual(['gap', 20, 21])
  await follower.close()
})

test('many at once come in order', async () => {
  const { heard, follower } = await follow()
  const versions = Array.from({ length: 2_000 }, (_, i) => 100 + i)
  await events.outbox.transaction(newCall(), async (tx) => {
    for (const version of versions) await tx.emit(counted, { thingId: 2, version })
  })
  await until('all are heard', () => heard.length === 2_001, 30_000)
  expect(heard).toEqual(['gap', ...versions])
  await follower.close()
})

test('what this release can’t read is a gap, and a kind that nobody asked for is nothing', async () => {
  const { heard, follower } = await follow()
  const raw = await events.raw()
  raw.publish(eventNames('').subjectOf('events.test.other'), 'whatever')
  raw.publish(eventNames('').subjectOf(counted.subject), 'nonsense')
  await raw.flush()
  await hears(heard, 'gap', 'gap')
  await follower.close()
})

test('a stream that was made anew is a gap, and is followed from then on', async () => {
  const { heard, follower } = await follow()
  await events.loseStore()
  await until('it is told', () => heard.length > 1, 30_000)
  await until('it follows', () => follower.following)
  await emit(5_000)
  await until('it hears', () => heard.includes(5_000), 30_000)
  await follower.close()
})
