import { isDeepStrictEqual } from 'node:util'
import { createHistogram } from '@fastpath/timing'
import { serveLab } from '../child.js'
import { articlePage } from '../page.js'
import { clientWay } from './client.js'
import { httpWay } from './http.js'
import { requestWay } from './request.js'
import type { Way, WayName } from './ways.js'

/** What a process of this experiment is started with: the one who answers, or the one who asks. */
export type HopArgs = { readonly way: WayName; readonly natsUrl: string } & (
  | { readonly side: 'callee' }
  | { readonly side: 'caller'; readonly address: string }
)

/** Asks `inFlight` at a time, for `ms`. */
export interface HopQuestion {
  readonly ms: number
  readonly inFlight: number
}

export interface HopAnswer {
  readonly requests: number
  readonly elapsedMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const ways: Readonly<Record<WayName, Way>> = { client: clientWay, request: requestWay, http: httpWay }
const page = articlePage(20)
const last = page.articles.at(-1)?.slug
const input = { limit: 20, offset: 0 }

const drive = async ({ open }: Way, args: Parameters<Way['open']>[0] & HopQuestion): Promise<HopAnswer> => {
  const { ms, inFlight } = args
  const { ask, close } = await open(args)
  if (!isDeepStrictEqual(await ask(input), page)) throw new Error('the answer is not the page')
  // So that no connection is opened while the clock runs.
  await Promise.all(Array.from({ length: inFlight }, () => ask(input)))

  const latencies = createHistogram()
  let requests = 0
  const startedMs = performance.now()
  const endMs = startedMs + ms
  const askOn = async () => {
    for (let sentMs = performance.now(); sentMs < endMs; ) {
      const { articles, count } = await ask(input)
      // Not all of it: the check must not cost what is to be measured.
      if (count !== page.count || articles[19]?.slug !== last) throw new Error('the answer is not the page')
      const nowMs = performance.now()
      latencies.record(nowMs - sentMs)
      sentMs = nowMs
      requests++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, askOn))
  const elapsedMs = performance.now() - startedMs
  await close()
  return { requests, elapsedMs, p50Ms: latencies.percentileMs(0.5), p99Ms: latencies.percentileMs(0.99) }
}

await serveLab(async (args: HopArgs) => {
  const way = ways[args.way]
  if (args.side === 'caller') {
    return { started: 'ready', answer: (question: HopQuestion) => drive(way, { ...args, ...question }) }
  }
  const answer = ({ limit, offset }: typeof input) => {
    if (limit !== 20 || offset !== 0) throw new Error('not the page that was asked for')
    return page
  }
  return { started: await way.serve({ natsUrl: args.natsUrl, answer }) }
})
