import { type Server, startNats } from '@fastpath/servers'
import { type Line, openLine, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Bus, connect } from './connect.js'
import { invalidationTransport } from './invalidation-transport.js'

let nats: Server
let line: Line
let teller: Bus
let hearer: Bus
beforeAll(async () => {
  nats = await startNats({ external: false })
  teller = await connect({ url: nats.url, name: 'teller' })
  line = await openLine(nats.url)
  hearer = await connect({ url: line.url, name: 'hearer' })
})
afterAll(async () => {
  await hearer?.close()
  await teller?.close()
  await line?.close()
  await nats?.stop()
})

const listen = async (bus: Bus) => {
  const transport = invalidationTransport(bus)
  const heard: unknown[] = []
  const stop = transport.subscribe(
    (invalidation) => heard.push(invalidation),
    () => heard.push('gap'),
  )
  const deafAtFirst = !transport.hears
  await until('it hears', () => transport.hears)
  return { transport, heard, stop, deafAtFirst }
}

test('what one tells all hear, once they are sure that they do', async () => {
  const { transport } = await listen(teller)
  const { heard, stop, deafAtFirst } = await listen(hearer)
  expect([deafAtFirst, heard]).toEqual([true, ['gap']])
  transport.publish({ from: 'me', tags: ['a', 'b'], inRedis: true, changes: ['c'] })
  await until('it is heard', () => heard.length === 2)
  expect(heard[1]).toEqual({ from: 'me', tags: ['a', 'b'], inRedis: true, changes: ['c'] })
  stop()
})

test('what is not understood is a gap', async () => {
  const { heard, stop } = await listen(hearer)
  teller.broadcast('fastpath.invalidations', ['me', 'not a list', true, []])
  await until('the gap', () => heard.length === 2)
  expect(heard).toEqual(['gap', 'gap'])
  stop()
})

test('without a connection it is deaf, and what it has missed is a gap', async () => {
  const { transport, heard, stop } = await listen(hearer)
  line.cut()
  await until('the loss is known', () => !transport.hears)
  teller.broadcast('fastpath.invalidations', ['me', ['missed'], true, []])
  line.mend()
  await until('it hears again', () => transport.hears)
  expect(heard).toEqual(['gap', 'gap'])
  stop()
})

test('a teller that was cut off says so: what it told may have been lost', async () => {
  const { transport } = await listen(hearer)
  const { heard, stop } = await listen(teller)
  transport.publish({ from: 'me', tags: ['heard'], inRedis: true, changes: [] })
  await until('it is heard', () => heard.length === 2)
  line.cut()
  await until('the loss is known', () => !hearer.connected)
  transport.publish({ from: 'me', tags: ['lost'], inRedis: true, changes: [] })
  line.mend()
  await until('the gap', () => heard.length === 3)
  expect(heard[2]).toBe('gap')
  stop()
})
