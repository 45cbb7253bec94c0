import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { feedContract, type ServiceError } from '@fastpath/contracts'
import { type Server, startNats } from '@fastpath/servers'
import { Call } from '@fastpath/timing'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { type Bus, connect } from './connect.js'

const { listTags } = feedContract
const safe = { listTags }
/** The same, were it an operation that must not be done twice. */
const unsafe = { listTags: { ...listTags, idempotent: false } }

let nats: Server
let buses: Bus[] = []
let children: ChildProcess[] = []

beforeAll(async () => {
  nats = await startNats({ external: false })
})
afterAll(() => nats?.stop())
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await Promise.all(buses.map((bus) => bus.close()))
  buses = []
})

const join = async (name: string) => {
  const bus = await connect({ url: nats.url, name })
  buses.push(bus)
  return bus
}

/** An instance in a process of its own, which answers after `delayMs` with its name. */
const spawnInstance = async (delayMs: number) => {
  const program = `
    import { connect } from '@fastpath/messaging'
    import { feedContract } from '@fastpath/contracts'
    const bus = await connect({ url: process.argv[1], name: 'child' })
    bus.serve({ listTags: feedContract.listTags }, {
      listTags: async () => {
        await new Promise((resolve) => setTimeout(resolve, ${delayMs}))
        return { tags: ['child'] }
      },
    })
    await bus.ping()
    console.log('ready')`
  const options = ['--conditions=@fastpath/source', '--import', 'tsx', '--input-type=module', '-e', program, nats.url]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

const serveHere = async (answer: (call: Call) => Promise<string>) => {
  const bus = await join('here')
  const service = bus.serve(safe, { listTags: async (call) => ({ tags: [await answer(call)] }) })
  await bus.ping()
  return service
}

const newCall = (timeoutMs = 5_000) => new Call({ timeoutMs })
const outcomeOf = (promise: Promise<{ tags: string[] }>) =>
  promise.then(
    ({ tags }) => tags.join(),
    (error: ServiceError) => error.code,
  )

test.each([
  { kind: 'idempotent', contract: safe, mostLost: 0 },
  { kind: 'other', contract: unsafe, mostLost: 32 },
])('an instance is killed under load of $kind calls: at most $mostLost are lost', async ({ contract, mostLost }) => {
  const child = await spawnInstance(10)
  await serveHere(async () => {
    await sleep(10)
    return 'here'
  })
  const caller = (await join('caller')).client(contract)
  const outcomes: string[] = []
  let on = true
  const load = Array.from({ length: 32 }, async () => {
    while (on) outcomes.push(await outcomeOf(caller.listTags(newCall(1_000), {})))
  })
  while (outcomes.length < 1_000) await sleep(1)
  expect(new Set(outcomes)).toEqual(new Set(['here', 'child']))
  child.kill('SIGKILL')
  await once(child, 'exit')
  const atDeath = outcomes.length
  // Past the deadline of whatever the dead instance held.
  await sleep(1_500)
  const afterwards = outcomes.length
  while (outcomes.length < afterwards + 200) await sleep(1)
  on = false
  await Promise.all(load)

  const lost = outcomes.filter((outcome) => outcome !== 'here' && outcome !== 'child')
  expect(lost.length).toBeLessThanOrEqual(mostLost)
  expect(new Set(lost)).toEqual(new Set(mostLost === 0 ? [] : ['DEADLINE_EXCEEDED']))
  expect(new Set(outcomes.slice(afterwards))).toEqual(new Set(['here']))
  expect(outcomes.length).toBeGreaterThan(atDeath)
})

test('a retry that is refused leaves the first attempt its time', async () => {
  let asked = 0
  const service = await serveHere(async () => {
    asked++
    await sleep(700)
    return 'slow'
  })
  const caller = (await join('caller')).client(safe)
  const outcome = outcomeOf(caller.listTags(newCall(1_000), {}))
  while (asked === 0) await sleep(1)
  // From here nobody else is asked: the retry after half a second finds no responder.
  const drained = service.drain()
  expect(await outcome).toBe('slow')
  expect(asked).toBe(1)
  await drained
})

test('an operation that must not be done twice is sent once', async () => {
  let asked = 0
  await serveHere(async (call) => {
    asked++
    await sleep(call.remainingMs() + 50)
    return 'late'
  })
  const caller = (await join('caller')).client(unsafe)
  expect(await outcomeOf(caller.listTags(newCall(300), {}))).toBe('DEADLINE_EXCEEDED')
  expect(asked).toBe(1)
})

test('a caller that was busy itself does not take the replies for missing', async () => {
  let asked = 0
  await serveHere(async () => `${++asked}`)
  const caller = (await join('caller')).client(safe)
  await caller.listTags(newCall(), {})
  const outcome = outcomeOf(caller.listTags(newCall(), {}))
  await new Promise(setImmediate)
  for (const endMs = performance.now() + 700; performance.now() < endMs; );
  expect(await outcome).toBe('2')
  await sleep(50)
  expect(asked).toBe(2)
})

test('retries stop when their budget is spent', async () => {
  let asked = 0
  await serveHere(async (call) => {
    asked++
    await sleep(call.remainingMs() + 50)
    return 'late'
  })
  const caller = (await join('caller')).client(safe)
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(caller.listTags(newCall(400), {}))))
  expect(new Set(outcomes)).toEqual(new Set(['DEADLINE_EXCEEDED']))
  // Ten that a young process has, and a tenth of fifty.
  expect(asked).toBe(50 + 10 + 5)
})
