import type { Dataset } from '@fastpath/fixtures'
import { cpuPer } from '../cpu.js'
import type { Lab, Variant } from '../experiment.js'
import { createPgbench } from '../peers/pgbench.js'
import { sentStatements } from '../peers/sent-statements.js'
import { startPeer } from '../peers/start-peer.js'
import { interleave, type Rounds } from '../rounds.js'
import { type Stack, startStack } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'
import { askOnce, checkSameJson } from './check-answer.js'
import { type LoadGenerator, type LoadReport, startLoadGenerator } from './closed-loop.js'

export interface ComparedRoute {
  readonly path: (dataset: Dataset) => string
  /** What stands for `$1` in each service's statements on this route, as PostgreSQL writes it. */
  readonly firstParams: (dataset: Dataset) => Readonly<Partial<Record<'user' | 'feed', string>>>
}

/** Articles of the database; it has 3 tags for each, a tenth as many users, and five times as many favourites. */
export const articleCount = 10_000

export const routeHeldEqual =
  '10,000 articles with 3 tags each, 1,000 users, 50,000 favourites; 16 connections in a closed loop; no cache; ' +
  'the same PostgreSQL, indexes, counters and page size; 8 database connections in all; the answers, which are compared'

/**
 * Measures one URL of the whole system beside what it could be: the same bytes from bare `node:http`, the same
 * statements from pgbench, the same answer from an honest and from a naive monolith.
 */
export const compareRoute = async (lab: Lab, route: ComparedRoute): Promise<Record<string, number>> => {
  const stack = await startStack(lab, { articles: articleCount, services: ['user', 'feed', 'gateway'] })
  const load = await startLoadGenerator(lab)
  const path = route.path(stack.dataset)
  const body = await askOnce(stack.gatewayUrl + path)

  const fastpath = await httpVariant(load, { name: 'fastpath', url: stack.gatewayUrl + path, pids: pidsOf(stack) })
  const variants = [
    fastpath,
    await startPeerVariant('bare', { BODY: body }),
    await startPeerVariant('honest', { DATABASE_URL: stack.adminUrl, POOL_MAX: '8' }),
    await startPeerVariant('naive', { DATABASE_URL: stack.adminUrl, POOL_MAX: '8' }),
  ]
  const pgbench = await pgbenchVariant()
  if (pgbench) variants.push(pgbench)
  else lab.say('pgbench is not installed beside this PostgreSQL: its row is missing')

  const rounds = await interleave(variants, {
    rounds: lab.quick ? 2 : 6,
    roundMs: lab.quick ? 1_000 : 3_000,
    warmupMs: lab.quick ? 1_500 : 4_000,
  })
  return tell(lab, rounds)

  async function startPeerVariant(name: 'bare' | 'honest' | 'naive', env: NodeJS.ProcessEnv): Promise<Variant> {
    const peer = await startPeer(lab, name, env)
    checkSameJson(name, await askOnce(peer.url + path), body)
    return httpVariant(load, { name, url: peer.url + path, pids: [peer.pid, stack.pids.postgres ?? 0] })
  }

  async function pgbenchVariant(): Promise<Variant | undefined> {
    const { adminUrl, dataset } = stack
    const statements = await sentStatements(adminUrl, fastpath.round(1_000))
    lab.say(`pgbench repeats ${statements.length} statements`)
    const bench = await createPgbench(lab, { adminUrl, statements, firstParams: route.firstParams(dataset) })
    return bench && { name: 'pgbench', round: (ms) => measured([stack.pids.postgres ?? 0], () => bench.run(ms)) }
  }
}

const pidsOf = ({ pids }: Stack): number[] => Object.values(pids)

const httpVariant = async (
  load: LoadGenerator,
  { name, url, pids }: { readonly name: string; readonly url: string; readonly pids: readonly number[] },
): Promise<Variant> => {
  const bodyBytes = Buffer.byteLength(await askOnce(url))
  return { name, round: (ms) => measured(pids, () => load.run({ url, ms, bodyBytes })) }
}

type Work = Pick<LoadReport, 'requests' | 'rps'> & Partial<LoadReport>

/** A round's figures, with the CPU time that these processes took for each request. */
const measured = async (pids: readonly number[], work: () => Promise<Work>): Promise<Record<string, number>> => {
  let figures: Record<string, number> = {}
  const cpu = await cpuPer(pids, async () => {
    const { requests, ...told } = await work()
    figures = told
    return requests
  })
  return { ...figures, ...cpu }
}

const columns = [
  { figure: 'rps', title: 'requests/s' },
  { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
  { figure: 'cpuUs', title: 'CPU µs/request' },
]

/** Of pgbench only throughput and the database's CPU time are known. */
const tell = (lab: Lab, rounds: Rounds): Record<string, number> => {
  const peers = [...rounds.samples.keys()].filter((name) => name !== 'fastpath')
  const ratios = Object.fromEntries(peers.map((peer) => [`rps-to-${peer}`, rounds.ratio('fastpath', peer, 'rps')]))
  tellRounds(lab, 'variant', { rounds, columns })
  tellRatios(lab, ratios)
  const figures: Record<string, number> = {
    rps: rounds.spread('fastpath', 'rps').median,
    'p50-ms': rounds.spread('fastpath', 'p50Ms').median,
    'p99-ms': rounds.spread('fastpath', 'p99Ms').median,
  }
  for (const [name, { median }] of Object.entries(ratios)) figures[name] = median
  return figures
}
