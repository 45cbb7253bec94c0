import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib'
import { cpuPer } from '../cpu.js'
import type { Experiment, Lab, Variant } from '../experiment.js'
import { askRaw } from '../load/ask-raw.js'
import { type LoadGenerator, startLoadGenerator } from '../load/closed-loop.js'
import { microsecondsOf } from '../microseconds-of.js'
import { interleave, mediansOf } from '../rounds.js'
import { startStack } from '../stack.js'
import { tellRatios, tellRounds, tellTimeRatios } from '../table.js'

const path = '/api/articles'

/*
 * A page of 20 articles as it is, in gzip and in brotli. First the compressing alone, at the levels that the gateway, its
 * kept answers and nginx have, and at brotli's highest. Then whole requests of a gateway that compresses each answer, and
 * of one that keeps them finished. It teaches what is saved in bytes, and that it need not be paid for with each request.
 */
export const compression: Experiment = {
  name: 'compression',
  summary: 'A list of 20 as it is, in gzip and in brotli: compressed for each request, and kept compressed.',
  heldEqual:
    'the same page, whose every form is unpacked and compared; “fly” and “stored” are two gateways before the same services, both of which keep the data of the page in memory, ' +
    'so that neither asks for it anew: fly writes and compresses it for each reader (gzip 1; it makes no brotli), stored sends finished bytes (gzip 6, brotli 5). ' +
    '16 connections in a closed loop, without a network whose bytes would count.',
  teaches:
    'Four fifths of a page of JSON are air, and the lowest level takes most of it out. Compressing for each reader is still a price of CPU; kept finished, ' +
    'a better compressed answer costs less than one that is not compressed at all, since it is smaller. Brotli’s highest levels are for what is made once and for ever.',

  async run(lab) {
    const { gatewayUrl, pids, startGateway } = await startStack(lab, {
      articles: 10_000,
      services: ['user', 'feed', 'gateway'],
      env: { CACHE_BYTES: '64000000' },
    })
    const stored = await startGateway({ RESPONSE_CACHE_BYTES: '64000000' })
    const page = (await askRaw(gatewayUrl + path)).body
    return {
      ...(await compareLevels(lab, page)),
      ...(await compareRequests(lab, {
        fly: { url: gatewayUrl + path, pid: pids.gateway ?? 0 },
        stored: { url: stored.url + path, pid: stored.pid },
        page,
      })),
    }
  },
}

const brotli = (level: number) => (text: Buffer) =>
  brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: level } })
const gzip = (level: number) => (text: Buffer) => gzipSync(text, { level })

const levels = {
  'gzip 1': gzip(1),
  'gzip 6': gzip(6),
  'br 4': brotli(4),
  'br 5': brotli(5),
  'br 11': brotli(11),
}

const compareLevels = async (lab: Lab, page: Buffer): Promise<Record<string, number>> => {
  const rounds = await interleave(
    Object.entries(levels).map(([name, compress]) => ({
      name,
      round: async (ms) => ({ bytes: compress(page).length, us: microsecondsOf(() => compress(page), ms) }),
    })),
    lab.quick ? { rounds: 6, roundMs: 20, warmupMs: 50 } : { rounds: 11, roundMs: 200, warmupMs: 500 },
  )
  tellRounds(lab, `${page.length} bytes compressed`, {
    rounds,
    columns: [
      { figure: 'bytes', title: 'bytes' },
      { figure: 'us', title: 'µs' },
    ],
  })
  const ratios = {
    'gzip6-time-to-gzip1': rounds.timeRatio('gzip 6', 'gzip 1', 'us'),
    'br5-time-to-gzip6': rounds.timeRatio('br 5', 'gzip 6', 'us'),
    'br11-time-to-br5': rounds.timeRatio('br 11', 'br 5', 'us'),
  }
  tellTimeRatios(lab, ratios)
  const bytes = (name: keyof typeof levels) => rounds.spread(name, 'bytes').median / page.length
  return {
    ...mediansOf(ratios),
    'gzip1-bytes-to-none': bytes('gzip 1'),
    'gzip-bytes-to-none': bytes('gzip 6'),
    'br-bytes-to-none': bytes('br 5'),
    'br11-bytes-to-none': bytes('br 11'),
  }
}

interface Gateway {
  readonly url: string
  readonly pid: number
}

const unpack = { identity: (body: Buffer) => body, gzip: gunzipSync, br: brotliDecompressSync }
type Coding = keyof typeof unpack

const compareRequests = async (
  lab: Lab,
  { fly, stored, page }: { readonly fly: Gateway; readonly stored: Gateway; readonly page: Buffer },
): Promise<Record<string, number>> => {
  const load = await startLoadGenerator(lab)
  const variant = async (name: string, gateway: Gateway, coding: Coding): Promise<Variant> => {
    const headers = { 'accept-encoding': coding }
    await askRaw(gateway.url, headers)
    const answered = await askRaw(gateway.url, headers)
    if (!unpack[coding](answered.body).equals(page)) throw new Error(`${name} answers something else`)
    return { name, round: (ms) => measured(load, gateway, { headers, ms, bodyBytes: answered.body.length }) }
  }
  const rounds = await interleave(
    [
      await variant('none, fly', fly, 'identity'),
      await variant('gzip, fly', fly, 'gzip'),
      await variant('none, stored', stored, 'identity'),
      await variant('gzip, stored', stored, 'gzip'),
      await variant('br, stored', stored, 'br'),
    ],
    { rounds: lab.quick ? 3 : 9, roundMs: lab.quick ? 700 : 2_500, warmupMs: lab.quick ? 1_500 : 4_000 },
  )
  tellRounds(lab, 'GET /api/articles', { rounds, columns })
  const rps = (name: string, other: string) => rounds.ratio(name, other, 'rps')
  const ratios = {
    'fly-gzip-rps-to-none': rps('gzip, fly', 'none, fly'),
    'stored-gzip-rps-to-none': rps('gzip, stored', 'none, stored'),
    'stored-br-rps-to-none': rps('br, stored', 'none, stored'),
    'stored-gzip-rps-to-fly-gzip': rps('gzip, stored', 'gzip, fly'),
  }
  tellRatios(lab, ratios)
  return mediansOf(ratios)
}

const measured = async (
  load: LoadGenerator,
  { url, pid }: Gateway,
  request: { readonly headers: Readonly<Record<string, string>>; readonly ms: number; readonly bodyBytes: number },
): Promise<Record<string, number>> => {
  let figures = {}
  const cpu = await cpuPer([pid], async () => {
    const { requests, ...told } = await load.run({ url, ...request })
    figures = told
    return requests
  })
  return { ...figures, bytes: request.bodyBytes, ...cpu }
}

const columns = [
  { figure: 'bytes', title: 'bytes' },
  { figure: 'rps', title: 'requests/s' },
  { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
  { figure: 'cpuUs', title: "gateway's CPU µs/request", digits: 1 },
]
