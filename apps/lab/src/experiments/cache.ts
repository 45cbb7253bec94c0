import { startRedis } from '@fastpath/servers'
import { parseServerTiming, type TimingEntry } from '@fastpath/timing'
import { cpuPer } from '../cpu.js'
import type { Experiment, Variant } from '../experiment.js'
import { askRaw } from '../load/ask-raw.js'
import { type LoadGenerator, startLoadGenerator } from '../load/closed-loop.js'
import { articleCount } from '../load/compare-route.js'
import { interleave, mediansOf } from '../rounds.js'
import { startPrivate, startStack } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'

const path = '/api/articles'

interface Tier {
  readonly name: string
  readonly env: NodeJS.ProcessEnv
  /** Whether an answer has come from where it is said to. */
  readonly isRight: (cache: TimingEntry | undefined, age: string | undefined) => boolean
}

const tiersOf = (redisUrl: string): Tier[] => [
  { name: 'none', env: {}, isRight: (cache) => cache === undefined },
  {
    name: 'redis',
    // So little that memory has room for nothing.
    env: { CACHE_BYTES: '1000', REDIS_URL: redisUrl, WARM_TIMEOUT_MS: '0' },
    isRight: (cache) => cache?.desc === 'hit' && (cache.durMs ?? 0) > 0,
  },
  {
    name: 'memory',
    env: { CACHE_BYTES: '64000000' },
    isRight: (cache, age) => cache?.desc === 'hit' && !cache.durMs && age === undefined,
  },
  {
    name: 'finished',
    env: { CACHE_BYTES: '64000000', RESPONSE_CACHE_BYTES: '64000000' },
    isRight: (cache, age) => cache?.desc === 'hit' && age !== undefined,
  },
]

export const cache: Experiment = {
  name: 'cache',
  summary: 'A list that four gateways keep in four ways: not at all, in Redis, in memory, as finished bytes.',
  heldEqual:
    'the same 20 articles of 10,000, for readers without a token; the real gateway, before the same services and database; 4 connections in a closed loop, since a gateway with more to do than it can bypasses a Redis that answers later than 5 ms; ' +
    'to the byte the same body, and every round looks whether answers come from where they should. CPU is that of all processes together, Redis included.',
  teaches:
    'Redis spares the services and the database their work, and costs a round trip and the reading of its bytes at each request: it is for what other processes have loaded. ' +
    'Memory spares that too; what then remains is the framework and the writing of the answer, which finished bytes spare.',

  async run(lab) {
    const stack = await startStack(lab, {
      articles: articleCount,
      services: ['user', 'feed', 'gateway'],
      env: { SERVER_TIMING: 'on' },
    })
    const redis = await startPrivate(lab, startRedis)
    const load = await startLoadGenerator(lab)
    const { body } = await askRaw(stack.gatewayUrl + path)
    const behind = [stack.pids.user, stack.pids.feed, stack.pids.postgres, stack.pids.nats, redis.pid ?? undefined]
    const variants: Variant[] = []
    for (const tier of tiersOf(redis.url)) {
      const { url, pid } = await stack.startGateway(tier.env)
      const pids = [pid, ...behind].filter((one) => one !== undefined)
      variants.push(variantOf(load, tier, { url: url + path, pids, body }))
    }
    const rounds = await interleave(variants, {
      rounds: lab.quick ? 3 : 9,
      roundMs: lab.quick ? 1_000 : 2_000,
      warmupMs: lab.quick ? 1_500 : 4_000,
    })
    tellRounds(lab, `GET ${path}`, { rounds, columns })
    const ratios = {
      'rps-redis-to-none': rounds.ratio('redis', 'none', 'rps'),
      'rps-memory-to-none': rounds.ratio('memory', 'none', 'rps'),
      'rps-memory-to-redis': rounds.ratio('memory', 'redis', 'rps'),
      'rps-finished-to-none': rounds.ratio('finished', 'none', 'rps'),
      'rps-finished-to-memory': rounds.ratio('finished', 'memory', 'rps'),
    }
    tellRatios(lab, ratios)
    return mediansOf(ratios)
  },
}

const variantOf = (
  load: LoadGenerator,
  { name, isRight }: Tier,
  { url, pids, body }: { readonly url: string; readonly pids: readonly number[]; readonly body: Buffer },
): Variant => ({
  name,
  async round(ms) {
    let figures = {}
    const cpu = await cpuPer(pids, async () => {
      const { requests, ...told } = await load.run({ url, ms, connections: 4, bodyBytes: body.length })
      figures = told
      return requests
    })
    const answer = await askRaw(url)
    if (!answer.body.equals(body)) throw new Error(`${name} answers something else`)
    const header = (wanted: string) => {
      const at = answer.headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === wanted)
      return at < 0 ? undefined : answer.headers[at + 1]
    }
    const timing = header('server-timing') ?? ''
    const told = parseServerTiming(timing).find((entry) => entry.name === 'cache')
    if (!isRight(told, header('age'))) throw new Error(`${name} answers from elsewhere: ${timing}`)
    return { ...figures, ...cpu }
  },
})

const columns = [
  { figure: 'rps', title: 'requests/s' },
  { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
  { figure: 'cpuUs', title: 'CPU µs/request' },
]
