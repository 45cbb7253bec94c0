import { operation } from '@fastpath/contracts'
import { type Server, startNats } from '@fastpath/servers'
import { until } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connect as connectRaw, type Msg, type NatsConnection } from 'nats'
import Type from 'typebox'
import { type Bus, connect } from './connect.js'

const Text = Type.Object({ text: Type.String() })
const shop = {
  echo: operation({ subject: 'shop.echo', input: Text, output: Text, idempotent: true, timeoutMs: 2_000 }),
}

let nats: Server
let teller: Bus
let hearer: Bus
let raw: NatsConnection
beforeAll(async () => {
  nats = await startNats({ external: false })
  teller = await connect({ url: nats.url, name: 'teller' })
  hearer = await connect({ url: nats.url, name: 'hearer' })
  raw = await connectRaw({ servers: nats.url })
})
afterAll(async () => {
  await raw?.close()
  await hearer?.close()
  await teller?.close()
  await nats?.stop()
})

const hear = async (bus: Bus, topic: string) => {
  const heard: unknown[] = []
  bus.hear(topic, { onTold: (value) => heard.push(value), onGap: () => heard.push('gap') })
  await bus.ping()
  return heard
}

test('all hear what is told, the teller too, in order', async () => {
  const [here, there] = [await hear(teller, 'news'), await hear(hearer, 'news')]
  teller.broadcast('news', ['a', 1])
  teller.broadcast('news', null)
  for (const heard of [here, there]) await until('both', () => heard.length === 2 && heard)
  expect([here, there]).toEqual([
    [['a', 1], null],
    [['a', 1], null],
  ])
})

test('what is told before a reply is heard before it', async () => {
  let told = 0
  let heard = 0
  hearer.hear('count', { onTold: () => heard++, onGap: () => {} })
  await hearer.ping()
  teller.serve(shop, {
    echo: async (_call, input) => {
      teller.broadcast('count', ++told)
      return input
    },
  })
  await teller.ping()
  const client = hearer.client(shop)
  const ask = async () => {
    const before = heard
    await client.echo(new Call({ timeoutMs: 5_000 }), { text: 'x' })
    return heard - before
  }
  for (let i = 0; i < 100; i++) expect(await ask()).toBe(1)
})

/** Somebody who has heard the first word on a topic, and has said so to the teller. */
const join = async (topic: string, onTold: (message: Msg, times: number) => void) => {
  let times = 0
  raw.subscribe(topic, { callback: (_error, message) => onTold(message, ++times) })
  await raw.flush()
  await teller.broadcast(topic, 'first')
  await until('it has heard', () => times === 1)
  await raw.flush()
  await teller.ping()
}

test('a word is told when the slowest of those who are known has heard it', async () => {
  let heard = 0
  await join('slow', (message, times) => {
    const answer = () => {
      heard = times
      message.respond('slow one')
    }
    if (times === 1) answer()
    else setTimeout(answer, 40)
  })
  await teller.broadcast('slow', 'second')
  expect(heard).toBe(2)
})

test('the first word too, though nobody is known yet', async () => {
  let heard = 0
  raw.subscribe('new', {
    callback: (_error, message) => void setTimeout(() => message.respond(`${++heard}`), 40),
  })
  await raw.flush()
  await Promise.all([teller.broadcast('new', 'first'), teller.broadcast('new', 'second')])
  expect(heard).toBe(2)
})

test('who has just begun to listen is waited for from the next word on', async () => {
  await teller.broadcast('grown', 'to nobody')
  let heard = 0
  raw.subscribe('grown', {
    callback: (_error, message) => {
      setTimeout(() => {
        heard++
        message.respond('late one')
      }, 40)
    },
  })
  raw.publish('grown.hearers', 'late one')
  await raw.flush()
  await teller.ping()
  await teller.broadcast('grown', 'to one')
  expect(heard).toBe(1)
})

test('who says nothing holds up one word, and none after it', async () => {
  await join('mute', (message, times) => times === 1 && message.respond('mute one'))
  const took = async () => {
    const startedMs = performance.now()
    await teller.broadcast('mute', 'more')
    return performance.now() - startedMs
  }
  const heldUpMs = await took()
  expect(heldUpMs).toBeGreaterThan(95)
  expect(await took()).toBeLessThan(heldUpMs)
})

test('what can’t be read is passed over', async () => {
  const heard = await hear(hearer, 'garbled')
  raw.publish('garbled', new Uint8Array([0xc1]))
  await raw.flush()
  teller.broadcast('garbled', 'fine')
  await until('the next one', () => heard.length > 0)
  expect(heard).toEqual(['fine'])
})

test('a lost connection is a gap, told when it is back', async () => {
  const heard = await hear(hearer, 'weather')
  await nats.kill()
  teller.broadcast('weather', 'nobody hears this')
  await nats.restart()
  await until('the gap', () => heard.includes('gap'))
  await until('both are back', () => hearer.connected && teller.connected)
  await teller.ping()
  teller.broadcast('weather', 'sunny')
  await until('the next one', () => heard.includes('sunny'))
  expect(heard.filter((value) => value !== 'gap')).toEqual(['sunny'])
})
