import type { HttpAnswer } from './http-answer.js'
import { type HttpConnection, openHttpConnection } from './http-connection.js'
import type { Address } from './http-request.js'

export interface SteadyConnection {
  /** Sends one request; its outcome is told once: an answer, or in a word why there is none. */
  send(request: Buffer, onOutcome: (outcome: HttpAnswer | string) => void): void
  close(): void
}

export interface SteadyConnectionOptions extends Address {
  readonly timeoutMs: number
  /** It can send: when it has been opened, after each outcome, and when it has been opened anew. */
  readonly onFree: (connection: SteadyConnection) => void
  /** It was lost while nothing was asked of it, and can't send until it is told to be free. */
  readonly onLost: (connection: SteadyConnection) => void
}

/**
 * A connection that is opened anew whenever it is lost, a time-out included: what was in flight has failed, the next
 * request finds it as before. Resolves when it is open. @throws Error when it can't be opened the first time.
 */
export const openSteadyConnection = async (options: SteadyConnectionOptions): Promise<SteadyConnection> => {
  const { host, port, timeoutMs, onFree, onLost } = options
  let socket: HttpConnection | undefined
  let settle: ((outcome: HttpAnswer | string) => void) | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const open = async () => {
    socket = await openHttpConnection({ host, port, onAnswer: end, onError: () => end('connection lost') })
    if (closed) socket.close()
    else onFree(steady)
  }
  const reopen = () => {
    socket?.close()
    if (closed) return
    open().catch(() => {
      timer = setTimeout(reopen, reopenMs)
    })
  }
  const end = (outcome: HttpAnswer | string) => {
    clearTimeout(timer)
    const told = settle
    settle = undefined
    if (!told) onLost(steady)
    else told(outcome)
    if (typeof outcome === 'string' || outcome.closes) reopen()
    else onFree(steady)
  }

  const steady: SteadyConnection = {
    send(request, onOutcome) {
      settle = onOutcome
      timer = setTimeout(end, timeoutMs, 'timed out')
      socket?.send(request)
    },
    close() {
      closed = true
      clearTimeout(timer)
      socket?.close()
    },
  }
  await open()
  return steady
}

const reopenMs = 20
