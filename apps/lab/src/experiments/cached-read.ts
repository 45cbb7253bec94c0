import { cpuPer } from '../cpu.js'
import type { Experiment, Lab, Variant } from '../experiment.js'
import { askRaw } from '../load/ask-raw.js'
import { startLoadGenerator } from '../load/closed-loop.js'
import { articleCount } from '../load/compare-route.js'
import { startPeer } from '../peers/start-peer.js'
import { interleave, mediansOf } from '../rounds.js'
import { startStack } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'

const path = '/api/articles'

export const cachedRead: Experiment = {
  name: 'cached-read',
  summary:
    'A list that the gateway has kept, beside node:http with the same headers, node:http alone, Fastify, Express.',
  heldEqual:
    'the same 20 articles, in memory everywhere; 16 connections in a closed loop; one process each. ' +
    'The gateway is the real one, with Server-Timing, its metrics and its limit of requests on. ' +
    '`same headers` sends the very headers of one of its answers, `bare` content-type and content-length alone. ' +
    'Fastify serialises by the schema of the answer, Express by `res.json`.',
  teaches:
    'Finished bytes in front of the framework cost hardly more than node:http itself, and that with tags, ages, time and limits; ' +
    'a framework costs several times that before it has done anything, and serialises the same page anew each time.',

  async run(lab) {
    const stack = await startStack(lab, {
      articles: articleCount / 10,
      services: ['user', 'feed', 'gateway'],
      env: { RESPONSE_CACHE_BYTES: '64000000', SERVER_TIMING: 'on', RATE_LIMIT_PER_MINUTE: '10000000' },
    })
    const url = stack.gatewayUrl + path
    await untilKept(url)
    const { body, headers } = await askRaw(url)
    lab.say(`${body.length} bytes; headers of an answer from the cache: ${headersOf(headers).length / 2}`)
    const load = await startLoadGenerator(lab)
    const variant = (name: string, address: string, pid: number): Variant => ({
      name,
      async round(ms) {
        let figures = {}
        const cpu = await cpuPer([pid], async () => {
          const { requests, ...told } = await load.run({ url: address, ms, bodyBytes: body.length })
          figures = told
          return requests
        })
        return { ...figures, ...cpu }
      },
    })
    const kept = async (name: string, env: Record<string, string>) => {
      const peer = await startPeer(lab, 'kept', { BODY: String(body), ...env })
      const answered = await askRaw(peer.url + path)
      if (!answered.body.equals(body)) throw new Error(`${name} answers something else than the gateway`)
      return variant(name, peer.url + path, peer.pid)
    }
    const rounds = await interleave(
      [
        variant('fastpath', url, stack.pids.gateway ?? 0),
        await kept('same headers', { HEADERS: JSON.stringify(headersOf(headers)) }),
        await kept('bare', { HEADERS: JSON.stringify(contentOf(headers)) }),
        await kept('fastify', { WAY: 'fastify' }),
        await kept('express', { WAY: 'res.json' }),
      ],
      { rounds: lab.quick ? 3 : 9, roundMs: lab.quick ? 1_000 : 3_000, warmupMs: lab.quick ? 1_500 : 4_000 },
    )
    return tell(lab, rounds)
  },
}

const tell = (lab: Lab, rounds: Awaited<ReturnType<typeof interleave>>): Record<string, number> => {
  const ratios = {
    'rps-to-bare-same-headers': rounds.ratio('fastpath', 'same headers', 'rps'),
    'rps-to-bare': rounds.ratio('fastpath', 'bare', 'rps'),
    'rps-to-fastify': rounds.ratio('fastpath', 'fastify', 'rps'),
    'rps-to-express': rounds.ratio('fastpath', 'express', 'rps'),
  }
  tellRounds(lab, 'variant', {
    rounds,
    columns: [
      { figure: 'rps', title: 'requests/s' },
      { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
      { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
      { figure: 'cpuUs', title: 'CPU µs/request', digits: 1 },
    ],
  })
  tellRatios(lab, ratios)
  return { rps: rounds.spread('fastpath', 'rps').median, ...mediansOf(ratios) }
}

/** @throws Error where the gateway keeps nothing: then something else would be measured. */
const untilKept = async (url: string): Promise<void> => {
  await askRaw(url)
  const { headers } = await askRaw(url)
  if (!headers.some((value) => value.includes('cache;desc="hit"'))) throw new Error('the gateway keeps no answers')
}

/** Without what node:http adds by itself. */
const headersOf = (headers: readonly string[]): string[] => pick(headers, (name) => !addedByNode.has(name))
const contentOf = (headers: readonly string[]): string[] =>
  pick(headers, (name) => /^content-(type|length)$/.test(name))
const addedByNode = new Set(['date', 'connection', 'keep-alive'])

const pick = (headers: readonly string[], wanted: (name: string) => boolean): string[] => {
  const picked: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    if (wanted(name)) picked.push(name, headers[i + 1] as string)
  }
  return picked
}
