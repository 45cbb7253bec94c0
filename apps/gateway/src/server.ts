import { createServer, IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Call, type Log, newTraceContext, parseTraceparent, Slots, Trace } from '@fastpath/timing'
import type { Express } from 'express'
import { drainServer } from './drain.js'
import { createEdgeHeaders, type EdgeHeaderOptions, preflightHeaders } from './edge-headers.js'
import { createRateLimit, type RateLimitOptions } from './limits/rate-limit.js'
import type { ResponseCache } from './response-cache/response-cache.js'
import { sendError } from './send.js'
import type { TimingGate } from './timing-gate.js'
import { keepAliveTimeoutMs } from './written-head.js'

export interface ServerOptions extends EdgeHeaderOptions, RateLimitOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Milliseconds after which a request is answered with 504. */
  readonly requestTimeoutMs: number
  readonly timingGate: TimingGate
  /** Asked before the app is. */
  readonly responses?: ResponseCache | undefined
  readonly log: Log
}

export interface Server {
  readonly url: string
  /** Refuses new connections, lets what is in flight finish with `Connection: close`, then resolves. */
  close(): Promise<void>
}

declare module 'node:http' {
  interface IncomingMessage {
    /** The context of this request: its trace, deadline and viewer. */
    call: Call
    /** Whether the answer says where the time went. */
    showsTiming: boolean
    /** Its number among those that a drain waits for. */
    inFlightAs: number
  }
}

const headersTimeoutMs = 10_000
const bodyTimeoutMs = 30_000
/** How often both are looked at; by itself Node does so every 30 s. */
const timeoutsEveryMs = 2_000

/** The public HTTP server: a `Call` for every request, bounded time for every step, and a drain that loses nothing. */
export const startServer = async (app: Express, options: ServerOptions): Promise<Server> => {
  const { host, port, requestTimeoutMs, timingGate, responses, log } = options
  const inFlight = new Slots<ServerResponse>()
  const edgeHeaders = createEdgeHeaders(options)
  const limit = createRateLimit(options)
  let draining = false

  const server = createServer({ ...linkedTo(app), connectionsCheckingInterval: timeoutsEveryMs }, (req, res) => {
    const startedMs = performance.now()
    const { traceparent } = req.headers
    const context = (typeof traceparent === 'string' && parseTraceparent(traceparent)) || newTraceContext()
    const head = edgeHeaders(req)
    head.push('x-request-id', context.traceId)
    if (draining) res.shouldKeepAlive = false
    const preflight = preflightHeaders(req)
    if (preflight) return void res.writeHead(204, head.concat(preflight)).end()

    const refusal = limit(req, head, startedMs)
    const showsTiming = timingGate(req)
    const place = refusal ? undefined : responses?.find(req)
    const exchange = { req, res, head, startedMs, showsTiming }
    if (place && responses?.sendKept(place, exchange)) return

    req.call = new Call({ timeoutMs: requestTimeoutMs, trace: new Trace(context), log })
    req.showsTiming = showsTiming
    req.inFlightAs = inFlight.add(res)
    res.once('close', forget)
    if (place) return void responses?.sendLoaded(place, exchange)
    for (let i = 0; i < head.length; i += 2) res.setHeader(head[i] as string, head[i + 1] as string)
    if (refusal) sendError(req.call, res, refusal)
    else app(req, res)
  })
  // One function for all requests, not a closure each.
  function forget(this: ServerResponse) {
    inFlight.delete(this.req.inFlightAs)
    if (!this.writableFinished) this.req.call.cancel()
  }

  server.keepAliveTimeout = keepAliveTimeoutMs
  server.headersTimeout = headersTimeoutMs
  server.requestTimeout = bodyTimeoutMs
  server.on('clientError', refuse)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async close() {
      draining = true
      for (const [, res] of inFlight) if (!res.headersSent) res.setHeader('connection', 'close')
      await drainServer(server)
    },
  }
}

/** What Node's parser could not read gets the API's form of error too. */
const refuse = (error: Error & { code?: string; rawPacket?: Buffer }, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, says] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'has too large headers']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'came too slowly']
        : [400, 'is malformed']
  const body = JSON.stringify({ errors: { request: [says] } })
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[Number(status)]}\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n`
  // A client that asked for the head alone takes a body for the next answer. A packet from the middle of a long head
  // begins with no method: then nothing is sent that could be misread.
  const method = /^[A-Z]+(?= )/.exec(error.rawPacket?.subarray(0, 10).toString('latin1') ?? '')?.[0]
  const wantsBody = method !== 'HEAD' && (method !== undefined || status !== 431)
  socket.end(wantsBody ? `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}` : `${head}\r\n`)
}

/**
 * Classes whose instances already have the prototypes that Express gives to every request and response. On Node 20
 * changing them costs 75 µs a request, since each object then loses its compiled shape. On Node 24 such classes are the
 * slower way; the releases between were not measured and are left as they are.
 */
const linkedTo = ({ request, response }: Express): object => {
  if (Number.parseInt(process.versions.node, 10) >= 22) return {}
  function Request(this: IncomingMessage, socket: Socket) {
    ;(IncomingMessage as unknown as (socket: Socket) => void).call(this, socket)
  }
  function Response(this: ServerResponse, req: IncomingMessage, options: object) {
    ;(ServerResponse as unknown as (req: IncomingMessage, options: object) => void).call(this, req, options)
  }
  Request.prototype = request
  Response.prototype = response
  // V8 then counts the fields of all three and makes room for them at once: measured, a third of a cached answer.
  Object.setPrototypeOf(Request, IncomingMessage)
  Object.setPrototypeOf(Response, ServerResponse)
  return { IncomingMessage: Request, ServerResponse: Response }
}
