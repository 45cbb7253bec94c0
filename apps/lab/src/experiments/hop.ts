import { fileURLToPath, pathToFileURL } from 'node:url'
import { startNats } from '@fastpath/servers'
import { bundle } from '../bundle.js'
import { startChild } from '../child.js'
import { cpuPer } from '../cpu.js'
import type { Experiment, Lab, Variant } from '../experiment.js'
import type { HopAnswer, HopArgs, HopQuestion } from '../hop/process.js'
import type { WayName } from '../hop/ways.js'
import { interleave, type Spread } from '../rounds.js'
import { startPrivate } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'

export const hop: Experiment = {
  name: 'hop',
  summary: 'A page from service to gateway: our client, NATS request() with MessagePack maps, HTTP with JSON.',
  heldEqual:
    'a page of 20 articles, the same record before and after, written and read anew for each request; one process asks, one answers from ' +
    'memory, a pair for each way, all of one built file; closed loop; every answer is checked. CPU counts caller, callee and broker. ' +
    'Ours has its deadlines, traces, metrics and limits on; the others have a time-out and nothing else.',
  teaches:
    'A broker in the middle costs one more process, and wins all the same once several calls are in flight: many messages share a system call, ' +
    'and a page is read faster. With one call in flight the way through the broker is longer, and HTTP is ahead.',

  async run(lab) {
    const nats = await startPrivate(lab, startNats)
    const source = fileURLToPath(new URL('../hop/process.ts', import.meta.url))
    const script = pathToFileURL(await bundle(lab, source))
    const pairs = new Map<WayName, Pair>()
    for (const way of wayNames) {
      pairs.set(way, await startPair(lab, way, { script, nats: { url: nats.url, pid: nats.pid ?? 0 } }))
    }
    const ratios: Record<string, Spread> = {}
    const figures: Record<string, number> = {}
    for (const inFlight of [1, 16, 64]) {
      const variants = wayNames.map((way) => variantOf(way, pairs.get(way) as Pair, inFlight))
      const rounds = await interleave(
        variants,
        lab.quick ? { rounds: 2, roundMs: 300, warmupMs: 500 } : { rounds: 9, roundMs: 1_500, warmupMs: 2_500 },
      )
      tellRounds(lab, `${inFlight} in flight`, { rounds, columns })
      ratios[`rps-to-request-c${inFlight}`] = rounds.ratio('client', 'request', 'rps')
      ratios[`rps-to-http-c${inFlight}`] = rounds.ratio('client', 'http', 'rps')
      for (const way of wayNames) figures[`rps-${way}-c${inFlight}`] = rounds.spread(way, 'rps').median
    }
    tellRatios(lab, ratios)
    return { ...Object.fromEntries(Object.entries(ratios).map(([name, { median }]) => [name, median])), ...figures }
  },
}

const wayNames: readonly WayName[] = ['client', 'request', 'http']

const columns = [
  { figure: 'rps', title: 'requests/s' },
  { figure: 'p50Ms', title: 'p50 ms', digits: 3 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 3 },
  { figure: 'cpuUs', title: 'CPU µs a request', digits: 1 },
]

interface Pair {
  readonly ask: (question: HopQuestion) => Promise<HopAnswer>
  /** Of everything that a request passes through. */
  readonly pids: readonly number[]
}

interface PairOptions {
  /** What both of its processes run: a built file, as in production. */
  readonly script: URL
  readonly nats: { readonly url: string; readonly pid: number }
}

const startPair = async (lab: Lab, way: WayName, { script, nats }: PairOptions): Promise<Pair> => {
  const start = (args: HopArgs) => startChild<string>(lab, script, args)
  const callee = await start({ side: 'callee', way, natsUrl: nats.url })
  const caller = await start({ side: 'caller', way, natsUrl: nats.url, address: callee.started })
  const pids = [caller.child.pid, callee.child.pid, ...(way === 'http' ? [] : [nats.pid])]
  return { ask: (question) => caller.child.ask(question), pids }
}

const variantOf = (name: WayName, { ask, pids }: Pair, inFlight: number): Variant => ({
  name,
  async round(ms) {
    let answer!: HopAnswer
    const cpu = await cpuPer(pids, async () => {
      answer = await ask({ ms, inFlight })
      return answer.requests
    })
    const { requests, elapsedMs, p50Ms, p99Ms } = answer
    return { rps: (requests * 1000) / elapsedMs, p50Ms, p99Ms, ...cpu }
  },
})
