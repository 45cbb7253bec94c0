import {
  type BodyOf,
  compileBodyCheck,
  compileJsonWriter,
  compileTextCheck,
  type ParamsOf,
  type QueryOf,
  type ReplyOf,
  type Route,
  ServiceError,
} from '@fastpath/contracts'
import type { Call, Judge, Metrics, Verdict } from '@fastpath/timing'
import type { Express, Request, Response } from 'express'
import type { Authenticate } from './auth.js'
import { measure } from './measure.js'
import { readJson } from './read-json.js'
import { publicCacheControl } from './response-cache/finished.js'
import type { KeptRoute, Wanted } from './response-cache/places.js'
import type { ResponseCache } from './response-cache/response-cache.js'
import { sendText } from './send.js'

export interface Input<R extends Route> {
  readonly params: ParamsOf<R>
  readonly query: QueryOf<R>
  readonly body: BodyOf<R>
  /** The token of the request, which has been verified; empty where there was none. */
  readonly token: string
  /** For headers beside the body; the body is what the handler returns. */
  readonly res: AnswerHeaders
  /** Tells what the answer is made of (`cacheTags`), so that it is not kept beyond a change of it; absent where nobody keeps it. */
  readonly tag?: (...tags: readonly string[]) => void
}

export interface AnswerHeaders {
  setHeader(name: string, value: string): unknown
  appendHeader(name: string, value: string): unknown
}

export interface Answer {
  readonly route: Route
  readonly handle: (call: Call, input: Input<Route>) => Promise<unknown>
  /** By default the writer that is compiled from the reply's shape. */
  readonly write?: (value: unknown) => string
}

export interface MountOptions {
  readonly authenticate: Authenticate
  readonly judge: Judge
  readonly metrics: Metrics
  /** Told of every answer of a route, with the call that made it. */
  readonly onAnswer?: (routeId: string, call: Call) => void
  /** Keeps the answers of the routes that say so. */
  readonly responses?: ResponseCache | undefined
}

/** Ties a route of the contract to what answers it: checked input in, the reply's value out. */
export const answer = <R extends Route>(
  route: R,
  handle: (call: Call, input: Input<R>) => Promise<ReplyOf<R>>,
): Answer => ({ route, handle: handle as unknown as Answer['handle'] })

/** The same with a writer of its own, which makes of what the handler gives what the reply's own writer would. */
export const answerWritten = <R extends Route, V>(
  route: R,
  write: (value: V) => string,
  handle: (call: Call, input: Input<R>) => Promise<V>,
): Answer => ({ route, handle: handle as unknown as Answer['handle'], write: write as NonNullable<Answer['write']> })

/** Compiles the checks and the writer of a route, once, and puts it into the app. */
export const mount = (
  app: Express,
  { route, handle, write = route.reply && compileJsonWriter(route.reply) }: Answer,
  { authenticate, judge, metrics, onAnswer, responses }: MountOptions,
): void => {
  const checkParams = route.params ? compileTextCheck(route.params) : () => ({})
  const checkQuery = route.query ? compileTextCheck(route.query) : () => ({})
  const checkBody = route.body ? compileBodyCheck(route.body) : () => ({})
  const { answered, failed, took } = measure(metrics, route)

  const read = async (req: Request, res: Response): Promise<string | undefined> => {
    const { call } = req
    if (route.timing === 'total') call.trace.conceal()
    // First of all: who may not ask is not told what else is wrong.
    const token = (await authenticate(call, req.headers.authorization, route.auth)) ?? ''
    const params = checkParams(req.params)
    const query = checkQuery(req.query)
    const body = route.body ? checkBody(await readJson(req, res)) : {}
    return produce(call, { params, query, body, token, res })
  }

  const produce = async (call: Call, input: Input<Route>): Promise<string | undefined> => {
    const value = await handle(call, input)
    if (call.remainingMs() <= 0) throw new ServiceError('DEADLINE_EXCEEDED', 'answered too late')
    return write ? serialized(call, write, value) : undefined
  }

  const listener = async (req: Request, res: Response) => {
    const { call } = req
    // Errors are judged too: what was asked for in vain was asked for.
    const text = await read(req, res).finally(() => failFor(judge(call, route.id)))
    res.setHeader('cache-control', cacheControlOf(req))
    sendText(call, res, route.status, text)
    answered(call)
    onAnswer?.(route.id, call)
  }

  const { cache } = route
  const policy = cache === 'never' ? undefined : cache
  const publicly = policy && publicCacheControl(policy)
  const cacheControlOf = ({ headers }: Request): string => {
    if (cache === 'never') return 'no-store'
    return publicly !== undefined && headers.authorization === undefined ? publicly : 'private, no-cache'
  }
  const load = async (call: Call, wanted: Wanted): Promise<string> => {
    const input = { ...wanted, body: {}, token: '' } as Input<Route>
    const text = await produce(call, input).finally(() => failFor(judge(call, route.id)))
    onAnswer?.(route.id, call)
    return text ?? ''
  }
  const kept: KeptRoute | undefined = policy && {
    route: { ...route, cache: policy },
    checkParams,
    checkQuery,
    load,
    answered: took,
  }
  if (route.method === 'get') responses?.add(route.path, kept)

  app[route.method](route.path, (req, res) =>
    listener(req, res).catch((error) => {
      failed(req.call, error)
      throw error
    }),
  )
}

/** Where tests run: what any other place would tell as a warning is the request's error. */
const failFor = (verdicts: readonly Verdict[]): void => {
  if (verdicts.length === 0) return
  const message = verdicts.map(({ verdict, says, advice }) => `${verdict}: ${says}; ${advice}`).join('\n')
  const fields: Record<string, string[]> = {}
  for (const { verdict, says } of verdicts) fields[verdict] = [...(fields[verdict] ?? []), says]
  throw new ServiceError('INTERNAL', message, { fields })
}

const serialized = <T>(call: Call, write: (value: T) => string, value: T): string => {
  call.trace.begin('serialize')
  try {
    return write(value)
  } finally {
    call.trace.end('serialize')
  }
}
