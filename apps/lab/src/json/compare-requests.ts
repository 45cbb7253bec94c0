import { isDeepStrictEqual } from 'node:util'
import { cpuPer } from '../cpu.js'
import type { Lab, Variant } from '../experiment.js'
import { askOnce } from '../load/check-answer.js'
import { type LoadGenerator, type LoadReport, startLoadGenerator } from '../load/closed-loop.js'
import { startPeer } from '../peers/start-peer.js'
import { interleave, type TimeRatio } from '../rounds.js'
import { tellRounds } from '../table.js'
import { type JsonValueName, jsonValues } from './values.js'

/** Whole requests: an Express app for each way, which differ only in their last line. */
export const compareRequests = async (
  lab: Lab,
  names: readonly JsonValueName[],
): Promise<Record<string, TimeRatio>> => {
  const load = await startLoadGenerator(lab)
  const peers: Peer[] = []
  for (const way of ['res.json', 'res.json, no ETag', 'JSON.stringify', 'writer']) {
    const { url = '', pid } = await startPeer(lab, 'json', { WAY: way })
    peers.push({ way, url, pid })
  }
  const ratios: Record<string, TimeRatio> = {}
  for (const name of names) {
    const rounds = await interleave(
      await Promise.all(peers.map((peer) => variantOf(load, peer, name))),
      lab.quick ? { rounds: 6, roundMs: 120, warmupMs: 400 } : { rounds: 9, roundMs: 600, warmupMs: 1_500 },
    )
    tellRounds(lab, `${name}, over HTTP`, { rounds, columns })
    const toResJson = (way: string) => rounds.timeRatio(way, 'res.json', 'p50Ms')
    ratios[`no-etag-to-res-json-${name}`] = toResJson('res.json, no ETag')
    ratios[`stringify-to-res-json-${name}`] = toResJson('JSON.stringify')
    ratios[`writer-to-res-json-${name}`] = toResJson('writer')
  }
  return ratios
}

interface Peer {
  readonly way: string
  readonly url: string
  readonly pid: number
}

const variantOf = async (load: LoadGenerator, { way, url, pid }: Peer, name: JsonValueName): Promise<Variant> => {
  const text = await askOnce(`${url}/${name}`)
  const expected = JSON.parse(JSON.stringify(jsonValues[name].value))
  if (!isDeepStrictEqual(JSON.parse(text), expected)) throw new Error(`${way} answers something else`)
  const request = { url: `${url}/${name}`, bodyBytes: Buffer.byteLength(text) }
  return {
    name: way,
    async round(ms) {
      let report!: LoadReport
      const cpu = await cpuPer([pid], async () => {
        report = await load.run({ ...request, ms })
        return report.requests
      })
      return { rps: report.rps, p50Ms: report.p50Ms, p99Ms: report.p99Ms, ...cpu }
    },
  }
}

const columns = [
  { figure: 'rps', title: 'requests/s' },
  { figure: 'p50Ms', title: 'p50 ms', digits: 3 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 3 },
  { figure: 'cpuUs', title: "server's CPU µs", digits: 1 },
]
