import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createJudge,
  createMetrics,
  findVerdicts,
  formatServerTiming,
  type JudgeMode,
  type Log,
  type Metrics,
  type Trace,
} from '@fastpath/timing'
import { appendServerTiming } from './append-server-timing.js'
import { createWatchedRequest, safely, within } from './watched-request.js'

export interface WatchOptions {
  /** `warn` tells every place once and is the default; `count` one example a minute, the default with `NODE_ENV=production`. */
  readonly mode?: Exclude<JudgeMode, 'fail'>
  /** Whether answers carry `Server-Timing`; by default they do, but for `NODE_ENV=production`. */
  readonly serverTiming?: boolean | ((req: IncomingMessage) => boolean)
  /** pino, or what takes the same; by default lines go to `console.warn`. */
  readonly log?: Pick<Log, 'warn'>
  /** Where verdicts are counted, by route. */
  readonly metrics?: Metrics
}

/** An app may use it for the whole and for a part of it. */
const watched = new WeakSet<ServerResponse>()

/** Middleware of Express 4 or 5, or of anything else that calls it with Node's request and response. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Watches every request for the classic mistakes with a database that `watchPg` or `watchPostgres` watches: tells of
 * them in the log, with file and line, and in `Server-Timing`. To be used before everything else.
 *
 * @example app.use(watchRequests())
 */
export const watchRequests = (options: WatchOptions = {}): Middleware => {
  const isProduction = process.env.NODE_ENV === 'production'
  const { mode = isProduction ? 'count' : 'warn', serverTiming = !isProduction, log = toConsole } = options
  const judge = createJudge({ mode, metrics: options.metrics ?? createMetrics() })
  const isShown = typeof serverTiming === 'function' ? serverTiming : () => serverTiming
  const routeOf = createRouteNames()

  const watch = (req: IncomingMessage, res: ServerResponse) => {
    const request = createWatchedRequest()
    watched.add(res)
    if (isShown(req)) onceBeforeHead(res, (args) => appendServerTiming(res, args, header(request.trace, mode)))
    // Not before the headers: what the app asks for while it streams its answer counts too.
    res.once('close', () => void safely(() => judge({ trace: request.trace, log }, routeOf(req))))
    return request
  }

  return (req, res, next) => {
    const request = watched.has(res) ? undefined : safely(() => watch(req, res))
    if (request) within(request, next)
    else next()
  }
}

const toConsole: Pick<Log, 'warn'> = { warn: (_details, message) => console.warn(message) }

const header = (trace: Trace, mode: JudgeMode): string => {
  const verdicts = mode === 'warn' ? findVerdicts(trace) : []
  return formatServerTiming([
    { name: 'total', durMs: performance.now() - trace.startedMs },
    { name: 'db', desc: 'Database', durMs: trace.coveredMs('db') },
    ...verdicts.map(({ verdict, says }) => ({ name: verdict, desc: says })),
  ])
}

/** Express writes the head by `writeHead`, and so does Node where the app writes none. */
const onceBeforeHead = (res: ServerResponse, change: (args: readonly unknown[]) => readonly unknown[]): void => {
  const { writeHead } = res
  let isDone = false
  res.writeHead = (...args: readonly unknown[]) => {
    const changed = isDone || res.headersSent ? args : (safely(() => change(args)) ?? args)
    isDone = true
    return writeHead.apply(res, changed as Parameters<typeof writeHead>)
  }
}

/** Beyond these, which would be ids in the path of a mounted router, routes share one name. */
const maxRoutes = 1_000

const createRouteNames = () => {
  const known = new Set<string>()
  return (
    req: IncomingMessage & { readonly baseUrl?: string; readonly route?: { readonly path: unknown } },
  ): string => {
    const name = `${req.method} ${req.route ? `${req.baseUrl ?? ''}${req.route.path}` : '(no route)'}`
    if (!known.has(name) && known.size >= maxRoutes) return 'other'
    known.add(name)
    return name
  }
}
