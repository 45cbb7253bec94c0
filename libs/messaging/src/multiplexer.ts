import type { ErrorCode } from '@fastpath/contracts'
import { type Call, Slots } from '@fastpath/timing'
import { createInbox, type Msg } from 'nats'
import { withRemaining } from './frame.js'
import type { Link } from './link.js'
import { createRetryBudget } from './retry-budget.js'

/** One call that waits for its reply. The multiplexer moves its bytes and watches its time; what they mean, it knows. */
export interface Exchange {
  readonly call: Call
  readonly subject: string
  readonly idempotent: boolean
  readonly deadlineMs: number
  /** When it went out; 0 while it has not. Written by the multiplexer, as all that is not readonly. */
  sentMs: number
  /** When it is sent a second time, if nothing has come till then. */
  retryAtMs: number
  firstSeq: number
  /** 0 while there was no second time. */
  secondSeq: number
  /** What was sent; kept where a retry may need it. */
  request: Uint8Array | undefined
  encode(remainingMs: number): Uint8Array
  /** Takes a reply; `alone` when no other may still come. False: it was refused, and goes on waiting for the other. */
  receive(data: Uint8Array, alone: boolean): boolean
  fail(code: ErrorCode, why: string): void
}

export interface Multiplexer {
  send(exchange: Exchange): void
  readonly pending: number
  /** Takes no more calls; resolves when those in flight have ended, at the latest at their deadlines. */
  drain(): Promise<void>
}

const maxPending = 10_000
const sweepMs = 10
/** What a callee needs to say that it is too late, and the way home. */
const marginMs = 5
/** A retry waits for half of the time, so that the other half is left for its answer, and at most this long: no call that is well takes longer. */
const maxRetryWaitMs = 500

/**
 * Many calls over one inbox: one subscription, one table, one timer. (The client library's `request()` arms a timer for
 * each call, and lets a call that is in flight when the broker dies wait out its time.)
 *
 * The timer is not `createSweeper` of libs/timing, since it looks at three things in one pass of a table that exists
 * anyway: cancelled, past the nearer of the call's and the operation's deadline, due for its retry.
 */
export const createMultiplexer = (link: Link): Multiplexer => {
  const pending = new Slots<Exchange>()
  const budget = createRetryBudget()
  const inbox = `${createInbox(link.inboxPrefix)}.`
  let armed = false
  let sweepDueMs = 0
  let drained: (() => void) | undefined

  const publish = (exchange: Exchange, request: Uint8Array): number => {
    const seq = pending.add(exchange)
    link.publish(exchange.subject, request, inbox + seq.toString(36))
    return seq
  }

  const forget = (exchange: Exchange) => {
    pending.delete(exchange.firstSeq)
    if (exchange.secondSeq !== 0) pending.delete(exchange.secondSeq)
    if (drained && pending.size === 0) drained()
  }

  const end = (exchange: Exchange, code: ErrorCode, why: string) => {
    forget(exchange)
    exchange.fail(code, why)
  }

  const retry = (exchange: Exchange, nowMs: number) => {
    exchange.retryAtMs = Number.POSITIVE_INFINITY
    const remainingMs = leftToTell(exchange.deadlineMs - nowMs)
    if (!exchange.request || remainingMs <= 0 || !link.connected || !budget.take()) return
    exchange.secondSeq = publish(exchange, withRemaining(exchange.request, remainingMs))
  }

  const sweep = () => {
    armed = false
    const nowMs = performance.now()
    // After a block of this process the replies may lie here unread: they are read before the next sweep.
    const late = nowMs > sweepDueMs + sweepMs
    for (const [, exchange] of pending) {
      if (exchange.call.cancelled) end(exchange, 'CANCELLED', 'nobody waits any more')
      else if (exchange.deadlineMs <= nowMs) end(exchange, 'DEADLINE_EXCEEDED', 'no reply in time')
      else if (exchange.retryAtMs <= nowMs && !late) retry(exchange, nowMs)
    }
    arm()
  }

  const arm = () => {
    if (armed || pending.size === 0) return
    armed = true
    sweepDueMs = performance.now() + sweepMs
    setTimeout(sweep, sweepMs).unref()
  }

  const receive = (message: Msg) => {
    const seq = Number.parseInt(message.subject.slice(inbox.length), 36)
    const exchange = pending.get(seq)
    if (!exchange) return // Late, a duplicate, or never asked for.
    pending.delete(seq)
    const alone = !pending.has(seq === exchange.firstSeq ? exchange.secondSeq : exchange.firstSeq)
    if (isNoResponder(message)) {
      if (alone) end(exchange, 'UNAVAILABLE', 'nobody serves it')
    } else if (exchange.receive(message.data, alone)) {
      forget(exchange)
    }
  }

  link.subscribe({ subject: `${inbox}*`, onMessage: receive })
  link.onRefused((subject) => {
    for (const [, exchange] of pending) {
      if (exchange.subject === subject) end(exchange, 'FORBIDDEN', 'the broker does not let this user ask for it')
    }
  })
  link.onDown(() => {
    for (const [, exchange] of pending) end(exchange, 'DISCONNECTED', 'the broker was lost before the reply came')
  })

  return {
    get pending() {
      return pending.size
    },
    send(exchange) {
      const nowMs = performance.now()
      const remainingMs = leftToTell(exchange.deadlineMs - nowMs)
      if (exchange.call.cancelled) return exchange.fail('CANCELLED', 'nobody waits any more')
      if (remainingMs <= 0) return exchange.fail('DEADLINE_EXCEEDED', 'no time left to ask')
      if (!link.connected) return exchange.fail('UNAVAILABLE', 'no connection to the broker')
      if (drained) return exchange.fail('UNAVAILABLE', 'this process is closing')
      if (pending.size >= maxPending) return exchange.fail('OVERLOADED', `${maxPending} calls wait already`)
      const request = exchange.encode(remainingMs)
      if (request.length > link.maxBytes) {
        return exchange.fail('INVALID', `a request of ${request.length} bytes, and the broker takes ${link.maxBytes}`)
      }
      exchange.sentMs = nowMs
      if (exchange.idempotent) {
        exchange.request = request
        exchange.retryAtMs = nowMs + Math.min(maxRetryWaitMs, (exchange.deadlineMs - nowMs) / 2)
      }
      budget.earn()
      exchange.firstSeq = publish(exchange, request)
      arm()
    },
    drain: () =>
      new Promise((resolve) => {
        drained = resolve
        if (pending.size === 0) resolve()
      }),
  }
}

/** The callee's time: less the margin, which is never more than a tenth. In whole milliseconds, that is in one to three bytes. */
const leftToTell = (remainingMs: number): number => Math.floor(remainingMs - Math.min(marginMs, remainingMs / 10))

/** How the broker says that nobody listens: no body, and a header of one status line. */
export const isNoResponder = (message: Msg): boolean => message.data.length === 0 && message.headers?.code === 503
