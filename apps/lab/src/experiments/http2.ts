import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { brotliDecompressSync } from 'node:zlib'
import { nginxMissing, startNginx } from '@fastpath/servers'
import { createHistogram } from '@fastpath/timing'
import { startChild } from '../child.js'
import type { Experiment, Lab, Variant } from '../experiment.js'
import { type Client, openHttp1, openHttp2 } from '../http2/clients.js'
import type { RelayArgs } from '../http2/relay.js'
import { askRaw } from '../load/ask-raw.js'
import { interleave, mediansOf } from '../rounds.js'
import { startStack } from '../stack.js'
import { tellRounds, tellTimeRatios } from '../table.js'

const requests = 20
const roundTripsMs = [0, 40]

export const http2: Experiment = {
  name: 'http2',
  summary:
    '20 requests over six HTTP/1.1 connections and over one of HTTP/2, through nginx, at 0 and at 40 ms round trip.',
  heldEqual:
    'the same 20 articles, kept by the gateway in brotli, each asked for by its slug, all at once; the shipped nginx.conf, so TLS 1.3 for both; ' +
    'the relay stands between at 0 ms too. “cold” opens its connections first, with whole handshakes; every answer is compared.',
  teaches:
    'Over a distance it is round trips that count, not bytes: six connections take 20 answers in four turns, one of HTTP/2 in a single one. ' +
    'Side by side with the server there are none to save, and what is left is the work: one handshake instead of six when cold, and somewhat less of it when warm.',

  async run(lab) {
    const missing = nginxMissing()
    if (missing) throw missing
    const { gatewayUrl, dataset } = await startStack(lab, {
      articles: 2_000,
      services: ['user', 'feed', 'gateway'],
      env: { RESPONSE_CACHE_BYTES: '64000000' },
    })
    const edge = await startNginx({ gateways: [new URL(gatewayUrl).host] })
    lab.own({ close: edge.stop })
    const ca = await readFile(join(edge.folder ?? '', 'data/certificate.pem'))

    const paths = Array.from({ length: requests }, (_, i) => `/api/articles/${dataset.article(i + 1).slug}`)
    const expected = await Promise.all(paths.map(async (path) => (await askRaw(gatewayUrl + path)).body))
    const check = (bodies: readonly Buffer[]) => {
      const wrong = bodies.findIndex((body, i) => !brotliDecompressSync(body).equals(expected[i] as Buffer))
      if (wrong >= 0) throw new Error(`${paths[wrong]} answers something else through nginx`)
    }
    const variants: Variant[] = []
    for (const roundTripMs of roundTripsMs) {
      const origin = await startRelay(lab, edge.url, roundTripMs)
      for (const [protocol, open] of Object.entries({ h1: openHttp1, h2: openHttp2 })) {
        const client = () => open(origin, ca)
        for (const state of ['cold', 'warm'] as const)
          variants.push(variant(lab, { name: `${state} ${protocol} ${roundTripMs} ms`, state, client, paths, check }))
      }
    }
    const rounds = await interleave(
      variants,
      lab.quick ? { rounds: 6, roundMs: 200, warmupMs: 300 } : { rounds: 11, roundMs: 1_500, warmupMs: 2_000 },
    )
    tellRounds(lab, `${requests} answers`, { rounds, columns: [{ figure: 'p50Ms', title: 'p50 ms', digits: 1 }] })
    const ratios = Object.fromEntries(
      roundTripsMs.flatMap((ms) =>
        ['cold', 'warm'].map((state) => [
          `${state}-h2-to-h1-rtt${ms}`,
          rounds.timeRatio(`${state} h2 ${ms} ms`, `${state} h1 ${ms} ms`, 'p50Ms'),
        ]),
      ),
    )
    tellTimeRatios(lab, ratios)
    return mediansOf(ratios)
  },
}

/** Its address. */
const startRelay = async (lab: Lab, edgeUrl: string, roundTripMs: number): Promise<string> => {
  const { hostname: host, port } = new URL(edgeUrl)
  const args: RelayArgs = { to: { host, port: Number(port) }, roundTripMs }
  const { started } = await startChild<number>(lab, new URL('../http2/relay.ts', import.meta.url), args)
  return `https://127.0.0.1:${started}`
}

interface Page {
  readonly name: string
  readonly state: 'cold' | 'warm'
  readonly client: () => Client
  readonly paths: readonly string[]
  readonly check: (bodies: readonly Buffer[]) => void
}

/** nginx takes 500 requests a second from one address: a page is asked for less often than that. */
const leastMsPerPage = (requests * 1_000) / 400

const variant = (lab: Lab, { name, state, client, paths, check }: Page): Variant => {
  // Not before it is used: what was opened and asks for nothing is closed after ten seconds.
  let kept: Client | undefined
  return {
    name,
    async round(ms) {
      const pages = createHistogram()
      for (const endMs = performance.now() + ms; performance.now() < endMs; ) {
        const startedMs = performance.now()
        const asking = kept ?? client()
        const bodies = await asking.load(paths)
        const tookMs = performance.now() - startedMs
        pages.record(tookMs)
        check(bodies)
        if (state === 'cold') asking.close()
        else kept ??= lab.own(asking)
        await pause(Math.max(0, leastMsPerPage - tookMs))
      }
      return { p50Ms: pages.percentileMs(0.5) }
    },
  }
}
