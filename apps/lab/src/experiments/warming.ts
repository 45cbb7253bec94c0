import { createHistogram } from '@fastpath/timing'
import type { Experiment, Variant } from '../experiment.js'
import { askRaw } from '../load/ask-raw.js'
import { interleave, mediansOf } from '../rounds.js'
import { type Stack, startStack } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'

const first = 20
const later = 2_000

export const warming: Experiment = {
  name: 'warming',
  summary: 'The first 20 requests after a start that says ready, beside the same gateway later; warmed and not.',
  heldEqual:
    'a fresh gateway for each round, its caches in memory as by default, before the same services; the list of newest articles, one request after the other on one connection. ' +
    'Later is 2,000 requests on, of which the 99th percentile is told.',
  teaches:
    'Who comes first after a deployment pays for empty caches, and for code that is not compiled yet. The first is cured before anybody comes: ' +
    'load what is asked for most. The second too: ask yourself a hundred times for what everybody asks for first, and only then say ready.',

  async run(lab) {
    const stack = await startStack(lab, { articles: 10_000, services: ['user', 'feed', 'gateway'] })
    // The services and the client of this experiment are not to be the cold ones.
    await timesOf(stack.gatewayUrl, lab.quick ? 300 : 3_000)
    const rounds = await interleave(
      [variant(stack, 'warmed', {}), variant(stack, 'not warmed', { WARM_TIMEOUT_MS: '0' })],
      { rounds: lab.quick ? 2 : 9, roundMs: 0, warmupMs: 0 },
    )
    tellRounds(lab, 'GET /api/articles', { rounds, columns })
    const ratios = {
      'first20-to-steady-p99': rounds.spread('warmed', 'to steady'),
      'first20-unwarmed-to-steady-p99': rounds.spread('not warmed', 'to steady'),
    }
    tellRatios(lab, ratios)
    return mediansOf(ratios)
  },
}

const variant = (stack: Stack, name: string, env: NodeJS.ProcessEnv): Variant => ({
  name,
  async round() {
    const gateway = await stack.startGateway({ CACHE_BYTES: '64000000', RESPONSE_CACHE_BYTES: '64000000', ...env })
    const tookMs = await timesOf(gateway.url, first + later)
    await gateway.stop()
    const steady = createHistogram()
    for (const ms of tookMs.slice(first)) steady.record(ms)
    const [worst, p99] = [Math.max(...tookMs.slice(0, first)), steady.percentileMs(0.99)]
    return { 'first one': tookMs[0] as number, 'worst of first': worst, 'steady p99': p99, 'to steady': worst / p99 }
  },
})

/** Milliseconds that each of so many requests took, one after the other. */
const timesOf = async (gatewayUrl: string, count: number): Promise<number[]> => {
  const tookMs: number[] = []
  for (let i = 0; i < count; i++) {
    const startedMs = performance.now()
    await askRaw(`${gatewayUrl}/api/articles`)
    tookMs.push(performance.now() - startedMs)
  }
  return tookMs
}

const columns = [
  { figure: 'first one', title: 'first ms', digits: 2 },
  { figure: 'worst of first', title: `worst of ${first} ms`, digits: 2 },
  { figure: 'steady p99', title: 'later p99 ms', digits: 2 },
]
