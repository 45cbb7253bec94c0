import { type Contract, encode, operation, type ServiceError } from '@fastpath/contracts'
import { type Server, startNats } from '@fastpath/servers'
import { Call, type Log } from '@fastpath/timing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { connect as connectRaw } from 'nats'
import Type, { type TSchema } from 'typebox'
import { type Bus, connect } from './connect.js'
import type { Handlers } from './serve.js'

const Text = Type.Object({ text: Type.String() })
const nap = { take: operation({ subject: 'nap.take', input: Text, output: Text, idempotent: false, timeoutMs: 5_000 }) }

let nats: Server
let buses: Bus[] = []
let round = 0

beforeAll(async () => {
  nats = await startNats({ external: false })
})
afterAll(() => nats?.stop())

beforeEach(() => void round++)
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()))
  buses = []
})

const join = async (name: string, log?: Log): Promise<Bus> => {
  const bus = await connect({ url: nats.url, name, prefix: `t${round}.`, ...(log ? { log } : {}) })
  buses.push(bus)
  return bus
}
/** Served, and known to the broker. */
const serve = async (bus: Bus, ...about: Parameters<typeof bus.serve>) => {
  const service = bus.serve(...about)
  await bus.ping()
  return service
}
const newCall = (timeoutMs = 5_000) => new Call({ timeoutMs })
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: ServiceError) => error.code,
  )
const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('the deadline travels: the callee has less time than its caller', async () => {
  const [callee, caller] = [await join('callee'), await join('caller')]
  await serve(callee, nap, { take: (call: Call) => ({ text: String(call.remainingMs()) }) })
  const call = newCall(300)
  const { text } = await caller.client(nap).take(call, { text: '' })
  expect(Number(text)).toBeGreaterThan(100)
  expect(Number(text)).toBeLessThan(296)
})

test('a call that has waited past its deadline behind a blocked loop is not begun', async () => {
  const [callee, caller] = [await join('callee'), await join('caller')]
  const begun: string[] = []
  await serve(callee, nap, {
    take: (_call: Call, input: { text: string }) => {
      begun.push(input.text)
      if (input.text === 'block') for (const endMs = performance.now() + 500; performance.now() < endMs; );
      return { text: 'done' }
    },
  })
  const { take } = caller.client(nap)
  await take(newCall(), { text: 'warm' })
  const blocking = take(newCall(), { text: 'block' })
  const late = codeOf(take(newCall(250), { text: 'late' }))
  const patient = take(newCall(4_000), { text: 'patient' })
  await Promise.all([blocking, patient])
  expect(await late).toBe('DEADLINE_EXCEEDED')
  expect(begun).toEqual(['warm', 'block', 'patient'])
})

test('past its limit a service refuses at once, and what is at work ends well', async () => {
  const [callee, caller] = [await join('callee'), await join('caller')]
  const { open, opened } = gate()
  const service = await serve(
    callee,
    nap,
    { take: (_call: Call, input: { text: string }) => opened.then(() => input) },
    { maxInFlight: 8 },
  )
  const { take } = caller.client(nap)
  const atWork = Array.from({ length: 8 }, (_, i) => take(newCall(), { text: `${i}` }))
  const startMs = performance.now()
  const refused = await Promise.all(Array.from({ length: 20 }, () => codeOf(take(newCall(), { text: 'more' }))))
  expect(performance.now() - startMs).toBeLessThan(300)
  expect(new Set(refused)).toEqual(new Set(['OVERLOADED']))
  expect(service.inFlight).toBe(8)
  open()
  expect((await Promise.all(atWork)).map(({ text }) => text)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
  expect(await take(newCall(), { text: 'again' })).toEqual({ text: 'again' })
})

test('two instances share the load', async () => {
  const caller = await join('caller')
  const counts = [0, 0]
  for (const i of [0, 1] as const) {
    const callee = await join(`callee-${i}`)
    await serve(callee, nap, {
      take: (_call: Call, input: { text: string }) => {
        counts[i] = (counts[i] ?? 0) + 1
        return input
      },
    })
  }
  const { take } = caller.client(nap)
  for (let batch = 0; batch < 20; batch++) {
    await Promise.all(Array.from({ length: 50 }, () => take(newCall(), { text: '' })))
  }
  expect(counts[0] as number).toBeGreaterThan(350)
  expect(counts[0] as number).toBeLessThan(650)
  expect((counts[0] as number) + (counts[1] as number)).toBe(1_000)
})

test('a missing handler does not compile', () => {
  const two = { take: nap.take, give: nap.take }
  // @ts-expect-error `give` is missing
  const handlers: Handlers<typeof two> = { take: (_call, input) => input }
  expect(handlers).toBeDefined()
})

/** One operation of the given shapes. */
const withShapes = (input: TSchema, output: TSchema): Contract => ({
  take: operation({ subject: 'nap.take', input, output, idempotent: false, timeoutMs: 5_000 }),
})

test('two sides with other required fields tell each other so', async () => {
  const [callee, caller] = [await join('callee'), await join('caller')]
  let begun = 0
  await serve(callee, nap, { take: () => ({ text: `${++begun}` }) })
  const other = withShapes(Type.Object({ text: Type.String(), size: Type.Integer() }), Text)
  expect(await codeOf(caller.client(other).take?.(newCall(), { text: '', size: 1 }) as Promise<unknown>)).toBe(
    'CONTRACT_MISMATCH',
  )
  expect(begun).toBe(0)
})

test('optional fields that one side has appended do no harm in either direction', async () => {
  const [callee, caller] = [await join('callee'), await join('caller')]
  const Longer = Type.Object({ text: Type.String(), note: Type.Optional(Type.String()) })
  const newer = withShapes(Longer, Longer)
  const older = withShapes(Text, Text)
  const echo = { take: (_call: Call, input: object) => ({ ...input }) }
  const take = async (contract: Contract, input: object) =>
    (await contract.take) && caller.client(contract).take?.(newCall(), input)

  const first = await serve(callee, older, echo)
  expect(await take(newer, { text: 'a', note: 'b' })).toEqual({ text: 'a' })
  await first.drain()
  await serve(callee, newer, echo)
  expect(await take(older, { text: 'a' })).toEqual({ text: 'a' })
  expect(await take(newer, { text: 'a', note: 'b' })).toEqual({ text: 'a', note: 'b' })
})

test('garbage is answered where it can be, told once, and does no harm', async () => {
  const lines: string[] = []
  const note = (_details: object, message: string) => void lines.push(message)
  const callee = await join('callee', { debug: note, info: note, warn: note, error: note })
  const caller = await join('caller')
  let begun = 0
  await serve(callee, nap, {
    take: (_call: Call, input: { text: string }) => {
      begun++
      return input
    },
  })
  lines.length = 0

  const raw = await connectRaw({ servers: nats.url })
  try {
    const { fingerprint } = nap.take
    const garbage = [
      new Uint8Array(0),
      new Uint8Array([0xc1]),
      new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]),
      new TextEncoder().encode('{"text":"json"}'),
      encode([1, fingerprint, 'soon', null, null, ['a']]),
      encode([1, fingerprint, 1_000, null, null, 7]),
      encode([1, fingerprint, 1_000, 5, 'x', [[[]]]]),
      encode([9, fingerprint, 1_000, null, null, ['a']]),
    ]
    for (const bytes of garbage) {
      raw.publish(`t${round}.nap.take`, bytes)
      const reply = await raw.request(`t${round}.nap.take`, bytes, { timeout: 2_000 })
      expect(Buffer.from(reply.data).toString('latin1')).toContain('CONTRACT_MISMATCH')
    }
  } finally {
    await raw.close()
  }
  expect(begun).toBe(0)
  expect(lines).toHaveLength(1)
  expect(await caller.client(nap).take(newCall(), { text: 'alive' })).toEqual({ text: 'alive' })
})

test('a reply that the broker would not take becomes an error with a clear line', async () => {
  const lines: string[] = []
  const note = (_details: object, message: string) => void lines.push(message)
  const callee = await join('callee', { debug: note, info: note, warn: note, error: note })
  const caller = await join('caller')
  await serve(callee, nap, { take: (_call: Call, { text }: { text: string }) => ({ text: text.repeat(2_000_000) }) })
  expect(await codeOf(caller.client(nap).take(newCall(), { text: 'x' }))).toBe('INTERNAL')
  expect(lines.filter((line) => line.includes('larger than the broker takes'))).toHaveLength(1)
  expect(await caller.client(nap).take(newCall(), { text: '' })).toEqual({ text: '' })
})

test('draining one of two instances under load loses nothing', async () => {
  const caller = await join('caller')
  const callees = [await join('callee-0'), await join('callee-1')] as const
  const counts = [0, 0]
  for (const i of [0, 1] as const) {
    await serve(callees[i], nap, {
      take: async (_call: Call, input: { text: string }) => {
        counts[i] = (counts[i] ?? 0) + 1
        await new Promise((resolve) => setTimeout(resolve, 5))
        return input
      },
    })
  }
  const { take } = caller.client(nap)
  const codes: string[] = []
  let on = true
  const load = Array.from({ length: 32 }, async () => {
    while (on) codes.push(await codeOf(take(newCall(), { text: 'x' })))
  })
  while (codes.length < 300) await new Promise(setImmediate)
  await callees[0].close()
  const atClose = counts[0]
  const before = codes.length
  while (codes.length < before + 300) await new Promise(setImmediate)
  on = false
  await Promise.all(load)
  expect(new Set(codes)).toEqual(new Set(['none']))
  expect(counts[0]).toBe(atClose)
})

test('draining waits for what is at work, and not for what never ends', async () => {
  const [callee, caller] = [await join('callee'), await join('caller')]
  const { open, opened } = gate()
  const service = await serve(callee, nap, {
    take: (_call: Call, input: { text: string }) =>
      input.text === 'never' ? new Promise<never>(() => {}) : opened.then(() => input),
  })
  const { take } = caller.client(nap)
  const never = codeOf(take(newCall(300), { text: 'never' }))
  const slow = take(newCall(1_000), { text: 'slow' })
  while (service.inFlight < 2) await new Promise(setImmediate)
  setTimeout(open, 50)
  const drained = service.drain()
  expect(await slow).toEqual({ text: 'slow' })
  expect(await never).toBe('DEADLINE_EXCEEDED')
  await drained
  expect(await codeOf(take(newCall(), { text: 'after' }))).toBe('UNAVAILABLE')
}, 15_000)
