import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from '@jest/globals'
import { knownBodyBytes, startKnownServer } from '../coordinated-omission/start-server.js'
import { openLab } from '../open-lab.js'
import { startLoadGenerator } from './closed-loop.js'
import { compareOpenLoop } from './compare-open-loop.js'
import { type OpenLoopRun, startOpenLoop } from './open-loop.js'

const lab = openLab({ quick: true, say: () => {} })
afterAll(() => lab.close())
const meter = startOpenLoop(lab)

/** On a machine that others use too, lateness is no failure of what is tested here. */
const run = async (request: OpenLoopRun) => (await meter).run({ maxLagMs: 10_000, ...request })

test('an answer of 50 ms is measured as 50 ms', async () => {
  const target = await startKnownServer(lab, { answerMs: 50 })
  const measured: number[] = []
  // A neighbour on the machine only ever adds: the best of some runs is what the meter can.
  for (let attempt = 0; attempt < 20 && !measured.some(isRight); attempt++) {
    const { latency, service, answered } = await run({ target, ratePerSecond: 100, seconds: 0.3 })
    expect(answered).toBe(30)
    expect(service.percentileMs(0.5)).toBeLessThanOrEqual(latency.percentileMs(0.5))
    measured.push(latency.percentileMs(0.5))
  }
  expect(measured.filter(isRight)).not.toEqual([])
}, 60_000)

const isRight = (p50Ms: number): boolean => Math.abs(p50Ms - 50) <= 2.5

test('a stall shows in the open loop, and a closed loop over the same server hides it', async () => {
  const target = await startKnownServer(lab, { answerMs: 2, stall: { ms: 1_000, everyMs: 3_000 } })
  const closed = await (await startLoadGenerator(lab)).run({
    url: target,
    connections: 1,
    ms: 3_000,
    bodyBytes: knownBodyBytes,
  })
  const { latency, answered } = await run({ target, ratePerSecond: 200, seconds: 3, connections: 2 })
  expect(answered).toBe(600)
  // A third of all came while it stood still, in one stall or at the ends of two.
  expect(latency.percentileMs(0.99)).toBeGreaterThan(400)
  expect(latency.percentileMs(0.8)).toBeGreaterThan(100)
  expect(closed.p99Ms).toBeLessThan(latency.percentileMs(0.99) / 5)
}, 60_000)

test('a server compared with itself is unsure, one that is slower is slower', async () => {
  const [fast, slow] = await Promise.all([
    startKnownServer(lab, { answerMs: 5 }),
    startKnownServer(lab, { answerMs: 250 }),
  ])
  const [a, both] = [
    { name: 'fast', target: fast },
    { ratePerSecond: 100, seconds: 0.2, rounds: 6, warmupSeconds: 0.1 },
  ]
  const options = { ...both, maxLagMs: 10_000, meter: await meter }
  const same = await compareOpenLoop(lab, { ...options, a, b: { name: 'itself', target: fast } })
  expect(same.verdicts.p50?.verdict).toBe('unsure')
  expect(same.verdicts['p99.9']).toBeNull()
  const slower = await compareOpenLoop(lab, { ...options, a, b: { name: 'slow', target: slow } })
  expect(slower.verdicts.p50).toMatchObject({ verdict: 'slower' })
  expect(slower.verdicts.p50?.ratio).toBeGreaterThan(2)
}, 60_000)

test('a generator that can not keep up voids the run', async () => {
  const target = await startKnownServer(lab, { answerMs: 1 })
  const tooMuch = run({
    target,
    ratePerSecond: 200_000,
    seconds: 0.5,
    maxLagMs: 1,
    maxOutstanding: 1_000,
    timeoutMs: 1_000,
  })
  await expect(tooMuch).rejects.toThrow(
    /^the load generator (used \d+ % of a core|was [\d.]+ ms late).*the run is void/,
  )
})

test('what fails and what is never sent is counted apart, and in no latency', async () => {
  const seen: string[] = []
  const url = await serve((req, body) => {
    seen.push(`${req.method} ${req.headers['x-of'] ?? ''} ${body}`)
    if (body === 'break') return req.socket.destroy()
    return body === 'hang' ? undefined : { status: body === 'oops' ? 503 : 201 }
  })
  const bodies = ['fine', 'oops', 'break', 'hang', 'fine']
  const report = await run({
    target: (index) => ({ url, method: 'POST', headers: { 'x-of': `${index}` }, body: bodies[index % 5] ?? '' }),
    ratePerSecond: 100,
    seconds: 0.5,
    timeoutMs: 300,
    expectStatus: 201,
  })
  expect(report).toMatchObject({ answered: 20, failed: 30, dropped: 0 })
  expect(report.failures).toEqual({ 'status 503': 10, 'connection lost': 10, 'timed out': 10 })
  expect(report.latency.percentiles().maxMs).toBeLessThan(10_000)
  expect(seen.toSorted()).toEqual(Array.from({ length: 50 }, (_, i) => `POST ${i} ${bodies[i % 5]}`).toSorted())

  // Nobody answers: 1 is in flight, 3 wait, 16 come too late for a place; of those that wait, time is up for all but one.
  const hanging = { url, method: 'POST', body: 'hang' } as const
  const bound = { connections: 1, maxOutstanding: 4, timeoutMs: 400 }
  const stuck = await run({ target: hanging, ratePerSecond: 200, seconds: 0.1, ...bound })
  expect(stuck.answered + stuck.failed + stuck.dropped).toBe(20)
  expect(stuck).toMatchObject({ answered: 0, failures: { 'timed out': stuck.failed } })
  expect(stuck.dropped).toBeGreaterThanOrEqual(16)
})

test('several workers share the rate and send every request once', async () => {
  const seen = new Set<string>()
  const url = await serve((_req, body) => {
    seen.add(body)
    return { status: 200 }
  })
  const pair = await startOpenLoop(lab, { workers: 2 })
  const target = (index: number) => ({ url, method: 'POST', body: `${index}` }) as const
  const { answered, latency } = await pair.run({ target, ratePerSecond: 200, seconds: 0.255, maxLagMs: 10_000 })
  expect([answered, latency.buckets().count, seen.size]).toEqual([51, 51, 51])
})

test('what can not be measured is refused in plain words', async () => {
  const one = { ratePerSecond: 1, seconds: 1 }
  const url = 'http://127.0.0.1:1/'
  await expect(run({ ...one, target: 'https://127.0.0.1/' })).rejects.toThrow('must begin with http://')
  await expect(run({ ...one, target: [{ url }, { url: 'http://127.0.0.1:2/' }] })).rejects.toThrow(
    'not on the server of',
  )
  await expect(run({ ...one, target: [] })).rejects.toThrow('no request')
  await expect(run({ ...one, target: url, ratePerSecond: 0 })).rejects.toThrow('ratePerSecond is 0')
  await expect(run({ ...one, target: url })).rejects.toThrow('ECONNREFUSED')
  const same = { name: 'same', target: url }
  await expect(compareOpenLoop(lab, { ...one, a: same, b: same, rounds: 6 })).rejects.toThrow("can't be told apart")
})

/** Serves in this process; `answer` gets the whole body, and nothing is answered where it returns nothing. */
const serve = async (answer: (req: IncomingMessage, body: string) => { status: number } | unknown): Promise<string> => {
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const part of req.setEncoding('utf8')) body += part
    const told = answer(req, body) as { status?: number } | undefined
    if (told?.status) res.writeHead(told.status).end('told')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  lab.own({
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
