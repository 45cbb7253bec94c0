import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { operation, type ServiceError } from '@fastpath/contracts'
import { type Server, startNats } from '@fastpath/servers'
import { Call, createMetrics, formatPrometheus, type Log } from '@fastpath/timing'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import Type from 'typebox'
import { type Bus, connect } from './connect.js'

const Text = Type.Object({ text: Type.String() })
const nap = {
  take: operation({ subject: 'nap.take', input: Text, output: Text, idempotent: false, timeoutMs: 30_000 }),
}
const newCall = (timeoutMs = 20_000) => new Call({ timeoutMs })
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: ServiceError) => error.code,
  )
const until = async (holds: () => boolean) => {
  while (!holds()) await sleep(2)
}
const timed = async <T>(work: Promise<T>): Promise<[T, ms: number]> => {
  const startMs = performance.now()
  return [await work, performance.now() - startMs]
}

let nats: Server
let release = () => {}
let released: Promise<void>
let buses: Bus[] = []
const join = async (name: string, log?: Log) => {
  const bus = await connect({ url: nats.url, name, ...(log ? { log } : {}) })
  buses.push(bus)
  return bus
}

beforeEach(async () => {
  released = new Promise((resolve) => {
    release = resolve
  })
  nats = await startNats({ external: false })
})
afterEach(async () => {
  release()
  await Promise.all(buses.map((bus) => bus.close()))
  buses = []
  await nats.stop()
})

/** A pair; what is asked to hang hangs until the test ends. */
const pair = async () => {
  const [callee, caller] = [await join('callee'), await join('caller')]
  callee.serve(nap, {
    take: async (_call, input) => {
      if (input.text === 'hang') await released
      return input
    },
  })
  await callee.ping()
  return { callee, caller, take: caller.client(nap).take }
}

test('the broker is killed and comes back, ten times', async () => {
  const { caller, callee, take } = await pair()
  for (let round = 0; round < 10; round++) {
    const pending = Array.from({ length: 20 }, () => codeOf(take(newCall(), { text: 'hang' })))
    await caller.ping()
    const [codes, lostMs] = await timed(Promise.all([Promise.all(pending), nats.kill()]).then(([all]) => all))
    expect(new Set(codes)).toEqual(new Set(['DISCONNECTED']))
    expect(lostMs).toBeLessThan(1_000)
    expect(caller.connected).toBe(false)

    const [code, refusedMs] = await timed(codeOf(take(newCall(), { text: '' })))
    expect(code).toBe('UNAVAILABLE')
    expect(refusedMs).toBeLessThan(50)
    await expect(caller.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' })

    await nats.restart()
    const [, backMs] = await timed(until(() => caller.connected && callee.connected))
    await callee.ping()
    expect(await take(newCall(), { text: 'back' })).toEqual({ text: 'back' })
    expect(backMs).toBeLessThan(1_000)
  }
}, 60_000)

test('a broker that says nothing: calls end at their deadlines, then it counts as lost, then it is found again', async () => {
  const { caller, callee, take } = await pair()
  nats.pause()
  try {
    // More than the kernel takes in for a connection that nobody reads: a write that never ends.
    const large = Array.from({ length: 40 }, () => codeOf(take(newCall(300), { text: 'x'.repeat(500_000) })))
    const [code, endedMs] = await timed(codeOf(take(newCall(300), { text: '' })))
    expect(code).toBe('DEADLINE_EXCEEDED')
    expect(endedMs).toBeGreaterThanOrEqual(299)
    expect(endedMs).toBeLessThan(1_000)
    expect(new Set(await Promise.all(large))).toEqual(new Set(['DEADLINE_EXCEEDED']))

    const pending = codeOf(take(newCall(), { text: '' }))
    await until(() => !caller.connected && !callee.connected)
    expect(await pending).toBe('DISCONNECTED')
    expect(await codeOf(take(newCall(), { text: '' }))).toBe('UNAVAILABLE')
  } finally {
    nats.resume()
  }
  await until(() => caller.connected && callee.connected)
  await callee.ping()
  expect(await take(newCall(), { text: 'back' })).toEqual({ text: 'back' })
}, 30_000)

test('a process may start before its broker, and says so', async () => {
  await nats.kill()
  const lines: string[] = []
  const note = (_details: object, message: string) => void lines.push(message)
  const joining = join('early', { debug: note, info: note, warn: note, error: note })
  await until(() => lines.length > 0)
  await sleep(300)
  expect(lines).toEqual(['no connection to the broker, trying on'])
  await nats.restart()
  const bus = await joining
  expect(bus.connected).toBe(true)
  await bus.ping()
})

test('a URL that can’t be one is an error, not a wait', async () => {
  await expect(connect({ url: 'localhost:4222', name: 'x' })).rejects.toThrow('takes nats://host:port')
})

test('closing lets the own calls end, and refuses new ones', async () => {
  const { caller, take } = await pair()
  const last = take(newCall(5_000), { text: 'hang' })
  const closed = caller.close()
  setTimeout(release, 50)
  expect(await last).toEqual({ text: 'hang' })
  await closed
  await caller.close()
  expect(caller.connected).toBe(false)
  expect(await codeOf(take(newCall(), { text: '' }))).toBe('UNAVAILABLE')
})

test('closing without a broker does not hang', async () => {
  const { caller, callee } = await pair()
  await nats.kill()
  const [, closedMs] = await timed(Promise.all([caller.close(), callee.close()]))
  expect(closedMs).toBeLessThan(2_000)
})

test('a handler may call on while its service drains', async () => {
  const outer = {
    ask: operation({ subject: 'outer.ask', input: Text, output: Text, idempotent: false, timeoutMs: 5_000 }),
  }
  const { callee, caller } = await pair()
  const middle = await join('middle')
  const { take } = middle.client(nap)
  const service = middle.serve(outer, {
    ask: async (call, input) => {
      await sleep(50)
      return take(call, input)
    },
  })
  await middle.ping()
  const asked = caller.client(outer).ask(newCall(), { text: 'through' })
  await until(() => service.inFlight === 1)
  await middle.close()
  expect(await asked).toEqual({ text: 'through' })
  expect(callee.connected).toBe(true)
})

test('what is in flight shows in the metrics', async () => {
  const { take } = await pair()
  const metrics = createMetrics()
  const bus = await connect({ url: nats.url, name: 'measured', metrics })
  buses.push(bus)
  await take(newCall(), { text: 'warm' })
  const call = newCall()
  const hanging = codeOf(bus.client(nap).take(call, { text: 'hang' }))
  expect(formatPrometheus(metrics)).toContain('fastpath_calls_in_flight{connection="measured"} 1')
  call.cancel()
  expect(await hanging).toBe('CANCELLED')
  expect(formatPrometheus(metrics)).toContain('fastpath_calls_in_flight{connection="measured"} 0')
})

test('after close nothing keeps the process', async () => {
  const program = `
    import { connect } from '@fastpath/messaging'
    import { feedContract } from '@fastpath/contracts'
    import { Call } from '@fastpath/timing'
    const bus = await connect({ url: process.argv[1], name: 'short' })
    bus.serve({ listTags: feedContract.listTags }, { listTags: () => ({ tags: ['a'] }) })
    const { tags } = await bus.client(feedContract).listTags(new Call({ timeoutMs: 2_000 }), {})
    await bus.close()
    console.log(tags.join() + ' ' + process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap').join())`
  const options = ['--conditions=@fastpath/source', '--import', 'tsx', '--input-type=module', '-e', program, nats.url]
  const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 45_000 })
  expect(stdout.trim()).toMatch(/^a\b/)
}, 60_000)
