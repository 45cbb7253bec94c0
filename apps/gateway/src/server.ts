import { createServer, IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Call, type Log, parseTraceparent, Trace } from '@fastpath/timing'
import type { Express } from 'express'

export interface ServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Milliseconds after which a request is answered with 504. */
  readonly requestTimeoutMs: number
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
  }
}

/** Longer than the idle time-out of usual proxies, so that it is they who close first. */
const keepAliveTimeoutMs = 75_000
const headersTimeoutMs = 10_000
const bodyTimeoutMs = 30_000

/** The public HTTP server: a `Call` for every request, bounded time for every step, and a drain that loses nothing. */
export const startServer = async (app: Express, options: ServerOptions): Promise<Server> => {
  const { host, port, requestTimeoutMs, log } = options
  const inFlight = new Set<ServerResponse>()
  let draining = false

  const server = createServer(linkedTo(app), (req, res) => {
    const traceparent = req.headers.traceparent
    const trace = new Trace(typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined)
    req.call = new Call({ timeoutMs: requestTimeoutMs, trace, log })
    inFlight.add(res)
    res.once('close', forget)
    if (draining) res.setHeader('connection', 'close')
    app(req, res)
  })
  // One function for all requests, not a closure each.
  function forget(this: ServerResponse) {
    inFlight.delete(this)
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
      for (const res of inFlight) if (!res.headersSent) res.setHeader('connection', 'close')
      const closed = new Promise((resolve) => server.close(resolve))
      // Answers that began before the drain left their connections open; they are closed as they fall idle.
      const idle = setInterval(() => server.closeIdleConnections(), 50)
      await closed
      clearInterval(idle)
    },
  }
}

/** What Node's parser could not read gets the API's form of error too. */
const refuse = (error: Error & { code?: string }, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, says] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'has too large headers']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'came too slowly']
        : [400, 'is malformed']
  const body = JSON.stringify({ errors: { request: [says] } })
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[Number(status)]}\r\nContent-Type: application/json; charset=utf-8\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
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
  return { IncomingMessage: Request, ServerResponse: Response }
}
