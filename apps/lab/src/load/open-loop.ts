import { createHistogram, type Histogram, type HistogramBuckets } from '@fastpath/timing'
import { startChild } from '../child.js'
import type { Lab } from '../experiment.js'
import { type Address, addressOf, encodeRequest, type HttpRequest } from './http-request.js'
import { checkGenerator } from './saturation.js'

export interface OpenLoopRun {
  /** A URL, a request, several that are sent in turn, or what makes the n-th (from 0), all of them before the clock runs. */
  readonly target: string | HttpRequest | readonly HttpRequest[] | ((index: number) => HttpRequest)
  readonly ratePerSecond: number
  readonly seconds: number
  /** Kept open; what finds none free waits, and its latency counts the wait. 64 unless told. */
  readonly connections?: number
  /** What takes longer from its sending has failed. 5,000 unless told. */
  readonly timeoutMs?: number
  /** In flight and waiting; what comes due beyond is dropped. 10,000 unless told. */
  readonly maxOutstanding?: number
  /** Any other status is a failure. 200 unless told. */
  readonly expectStatus?: number | undefined
  /** A generator whose own lateness is beyond at its 99th percentile has measured itself. 20 unless told. */
  readonly maxLagMs?: number
}

export interface OpenLoopReport {
  /** From the intended start to the end of the answer: what somebody waits who comes at that moment. */
  readonly latency: Histogram
  /** From the actual sending to the end of the answer: what a closed loop would tell. */
  readonly service: Histogram
  /** How late the generator itself noticed what was due. Part of `latency`. */
  readonly lag: Histogram
  readonly answered: number
  /** Lost connections, time-outs, another status: apart, and in no histogram. */
  readonly failed: number
  /** By reason: `{ 'status 503': 12, 'timed out': 1 }`. */
  readonly failures: Readonly<Record<string, number>>
  /** Never sent. */
  readonly dropped: number
  /** Of one core, at the busiest generator. */
  readonly cpuShare: number
}

export interface OpenLoop {
  /**
   * Asks at a constant rate, whether answers come or not.
   *
   * @throws SaturatedError where the generator itself was too slow: it is no result.
   */
  run(request: OpenLoopRun): Promise<OpenLoopReport>
}

/** @param options.workers processes that share the rate; 1 unless told, which is a quarter of a core at 4,000 a second. */
export const startOpenLoop = async (lab: Lab, { workers = 1 } = {}): Promise<OpenLoop> => {
  const script = new URL('open-loop-worker.ts', import.meta.url)
  const children = await Promise.all(Array.from({ length: workers }, () => startChild(lab, script, null)))
  return {
    async run(request) {
      const order = orderOf(request, workers)
      const shares = children.map(({ child }, first) => child.ask<OpenLoopTally>(shareOf(order, first)))
      const report = combine(await Promise.all(shares))
      checkGenerator(report, request.maxLagMs ?? 20)
      return report
    },
  }
}

/** What one process is told. Of all requests it sends every `step`-th, from `first`. */
export interface OpenLoopOrder {
  readonly address: Address
  readonly requests: readonly Buffer[]
  readonly count: number
  readonly intervalMs: number
  readonly first: number
  readonly step: number
  readonly connections: number
  readonly maxOutstanding: number
  readonly timeoutMs: number
  readonly expectStatus: number
}

/** What one process has counted. */
export interface OpenLoopTally extends Pick<OpenLoopReport, 'failures' | 'dropped' | 'cpuShare'> {
  readonly latency: HistogramBuckets
  readonly service: HistogramBuckets
  readonly lag: HistogramBuckets
}

const orderOf = (run: OpenLoopRun, step: number): Omit<OpenLoopOrder, 'first'> => {
  const { target, ratePerSecond, seconds, connections = 64, maxOutstanding = 10_000 } = run
  for (const [name, value] of Object.entries({ ratePerSecond, seconds, connections, maxOutstanding })) {
    if (!(value > 0 && Number.isFinite(value))) throw new Error(`${name} is ${value}; it takes a number above 0`)
  }
  const count = Math.round(ratePerSecond * seconds)
  if (count < 1) throw new Error(`${ratePerSecond} a second for ${seconds} s is no request at all`)
  const requests = requestsOf(target, count)
  if (!requests[0]) throw new Error('the target holds no request')
  const address = addressOf(requests[0].url)
  for (const { url } of requests) {
    const { host, port } = addressOf(url)
    if (host !== address.host || port !== address.port) throw new Error(`${url} is not on the server of the others`)
  }
  return {
    address,
    requests: requests.map(encodeRequest),
    count,
    intervalMs: 1000 / ratePerSecond,
    step,
    connections,
    maxOutstanding,
    timeoutMs: run.timeoutMs ?? 5_000,
    expectStatus: run.expectStatus ?? 200,
  }
}

const requestsOf = (target: OpenLoopRun['target'], count: number): readonly HttpRequest[] => {
  if (typeof target === 'string') return [{ url: target }]
  if (typeof target === 'function') return Array.from({ length: count }, (_, index) => target(index))
  if (!('url' in target)) return target
  return [target]
}

const shareOf = (order: Omit<OpenLoopOrder, 'first'>, first: number): OpenLoopOrder => ({
  ...order,
  first,
  count: Math.ceil((order.count - first) / order.step),
  intervalMs: order.intervalMs * order.step,
  connections: Math.ceil(order.connections / order.step),
  maxOutstanding: Math.ceil(order.maxOutstanding / order.step),
})

/** Of several processes: histograms are added, never averaged. */
const combine = (tallies: readonly OpenLoopTally[]): OpenLoopReport => {
  const sum = (name: 'latency' | 'service' | 'lag') => {
    const all = createHistogram()
    for (const tally of tallies) all.add(tally[name])
    return all
  }
  const failures: Record<string, number> = {}
  for (const [why, times] of tallies.flatMap((tally) => Object.entries(tally.failures)))
    failures[why] = (failures[why] ?? 0) + times
  const latency = sum('latency')
  return {
    latency,
    service: sum('service'),
    lag: sum('lag'),
    answered: latency.buckets().count,
    failed: Object.values(failures).reduce((all, times) => all + times, 0),
    failures,
    dropped: tallies.reduce((all, tally) => all + tally.dropped, 0),
    cpuShare: Math.max(...tallies.map((tally) => tally.cpuShare)),
  }
}
