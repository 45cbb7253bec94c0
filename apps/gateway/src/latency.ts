import { publicRoutes } from '@fastpath/contracts'
import { type Bus, type Gathered, latencySubject } from '@fastpath/messaging'
import type { AdminPages } from '@fastpath/runtime'
import {
  formatLatencyTable,
  type LatencyLine,
  type LatencySnapshot,
  type LatencyWindow,
  type Log,
  latencyReport,
  latencyWindows,
  type Metrics,
  snapshotFromWire,
  takeSnapshots,
} from '@fastpath/timing'

export interface LatencyDeps {
  readonly bus: Pick<Bus, 'gather'>
  readonly metrics: Metrics
  readonly log: Log
}

/** `/latency` and `/latency.json` of the admin listener: percentiles over every process on the bus. */
export const addLatencyPages = (admin: AdminPages, deps: LatencyDeps): void => {
  let reading: Promise<Latencies> | undefined
  // Who looks while another does shares its figures: however many look, the services answer one question at a time.
  const read = () =>
    (reading ??= readLatencies(deps).finally(() => {
      reading = undefined
    }))

  admin.page('/latency', 'percentiles over all processes: ?window=1m, 5m or start', async (query) => {
    const window = query.get('window') ?? '1m'
    if (!isWindow(window)) return { status: 400, type: text, body: 'window takes 1m, 5m or start\n' }
    return { status: 200, type: text, body: formatLatencies(await read(), window) }
  })
  admin.page('/latency.json', 'the same for programs, all windows', async () => ({
    status: 200,
    type: 'application/json',
    body: JSON.stringify(await read()),
  }))
}

interface Latencies {
  /** How many instances of each service are in the figures. */
  readonly processes: Readonly<Record<string, number>>
  /** Services of which an instance that answered the last time has not. */
  readonly missing: readonly string[]
  /** NATS is away, or nobody answered: the figures are of this gateway alone. */
  readonly onlyThisProcess: boolean
  /** Series that came in a form which can't be read. */
  readonly unreadable: number
  readonly series: readonly LatencyLine[]
}

const readLatencies = async ({ bus, metrics, log }: LatencyDeps): Promise<Latencies> => {
  const gathered = await bus.gather(latencySubject).catch((): Gathered => ({ replies: [], missing: [] }))
  const onlyThisProcess = gathered.replies.length === 0
  const snapshots: LatencySnapshot[] = onlyThisProcess ? takeSnapshots(metrics) : []
  const processes: Record<string, number> = onlyThisProcess ? { gateway: 1 } : {}
  const unreadable: { readonly from: string; readonly err: unknown }[] = []
  for (const { name, items } of gathered.replies) {
    processes[name] = (processes[name] ?? 0) + 1
    for (const item of items) {
      try {
        snapshots.push(snapshotFromWire(item))
      } catch (error) {
        unreadable.push({ from: name, err: error })
      }
    }
  }
  if (unreadable[0]) log.warn({ ...unreadable[0], series: unreadable.length }, 'latencies of a process can’t be read')
  const series = latencyReport(snapshots, { groups, budgetMs })
  return { processes, missing: gathered.missing, onlyThisProcess, unreadable: unreadable.length, series }
}

const groups = {
  fastpath_request_seconds: 'routes',
  fastpath_call_seconds: 'operations, as their callers waited',
  fastpath_handle_seconds: 'operations, as they were handled',
  fastpath_statement_seconds: 'statements',
  fastpath_pool_wait_seconds: 'waits for a place in the pool',
  fastpath_event_loop_delay_seconds: 'event loop, how late',
}

const budgets = new Map(publicRoutes.map((route) => [route.id, route.budgetMs]))

const budgetMs = (metric: string, { route }: { readonly route?: string }): number | undefined =>
  metric === 'fastpath_request_seconds' && route !== undefined ? budgets.get(route) : undefined

const formatLatencies = (latencies: Latencies, window: LatencyWindow): string => {
  const { processes, missing, onlyThisProcess, unreadable, series } = latencies
  const counts = Object.entries(processes)
    .sort()
    .map(([name, count]) => `${count} ${name}`)
  const head = [
    `Latencies ${windowTitles[window]}, in milliseconds, of ${counts.join(', ')}. Other times: ?window=1m, 5m, start.`,
    ...(onlyThisProcess ? ['ONLY THIS PROCESS: no other could be asked, since NATS is away or silent.'] : []),
    ...(missing.length > 0 ? [`MISSING, for it has not answered in time: ${missing.join(', ')}.`] : []),
    ...(unreadable > 0 ? [`LEFT OUT: ${unreadable} series that can't be read; the log says more.`] : []),
  ]
  return `${head.join('\n')}\n${formatLatencyTable(series, window)}`
}

const windowTitles: Readonly<Record<LatencyWindow, string>> = {
  '1m': 'of the last minute (60 to 70 s)',
  '5m': 'of the last five minutes (5 to 6)',
  start: 'since the start',
}

const isWindow = (text: string): text is LatencyWindow => (latencyWindows as readonly string[]).includes(text)

const text = 'text/plain; charset=utf-8'
