import {
  compileJsonWriter,
  compileTextCheck,
  type ParamsOf,
  type QueryOf,
  type ReplyOf,
  type Route,
  ServiceError,
} from '@fastpath/contracts'
import type { Call, Metrics } from '@fastpath/timing'
import type { Express, RequestHandler, Response } from 'express'
import { sendText } from './send.js'

export interface Input<R extends Route> {
  readonly params: ParamsOf<R>
  readonly query: QueryOf<R>
  /** For headers beside the body; the body is what the handler returns. */
  readonly res: Response
}

export interface Answer {
  readonly route: Route
  readonly handle: (call: Call, input: Input<Route>) => Promise<unknown>
}

/** Ties a route of the contract to what answers it: checked input in, the reply's value out. */
export const answer = <R extends Route>(
  route: R,
  handle: (call: Call, input: Input<R>) => Promise<ReplyOf<R>>,
): Answer => ({ route, handle: handle as Answer['handle'] })

/** Compiles the checks and the writer of a route, once, and puts it into the app. */
export const mount = (
  app: Express,
  { route, handle }: Answer,
  options: { readonly metrics: Metrics; readonly onAnswer?: (routeId: string, call: Call) => void },
): void => {
  const checkParams = route.params ? compileTextCheck(route.params) : () => ({})
  const checkQuery = route.query ? compileTextCheck(route.query) : () => ({})
  const write = route.reply ? compileJsonWriter(route.reply) : undefined
  const latency = options.metrics.histogram('fastpath_request_seconds', 'Requests that were answered, by route', {
    route: route.id,
  })

  const listener: RequestHandler = async (req, res) => {
    const { call } = req
    const value = await handle(call, { params: checkParams(req.params), query: checkQuery(req.query), res })
    if (call.remainingMs() <= 0) throw new ServiceError('DEADLINE_EXCEEDED', 'answered too late')
    sendText(call, res, route.status, write ? serialized(call, write, value) : undefined)
    latency.record(performance.now() - call.trace.startedMs)
    options.onAnswer?.(route.id, call)
  }
  app[route.method](route.path, listener)
}

const serialized = <T>(call: Call, write: (value: T) => string, value: T): string => {
  call.trace.begin('serialize')
  try {
    return write(value)
  } finally {
    call.trace.end('serialize')
  }
}
