import {
  type Contract,
  type ErrorCode,
  type InputOf,
  type Operation,
  type OutputOf,
  ServiceError,
  toServiceError,
} from '@fastpath/contracts'
import { Call, type Histogram, type Log, type LoopDelay, type Metrics, parseTraceparent, Trace } from '@fastpath/timing'
import type { Msg } from 'nats'
import { CallLog } from './call-log.js'
import { countErrors } from './count-errors.js'
import { decodeRequest, encodeFailure, encodeReply } from './frame.js'
import type { Link } from './link.js'
import { logRarely } from './log-rarely.js'

/** One function an operation; a missing one is a compile error. What it throws goes to the caller by its code. */
export type Handlers<C extends Contract> = {
  readonly [K in keyof C]: (call: Call, input: InputOf<C[K]>) => Promise<OutputOf<C[K]>> | OutputOf<C[K]>
}

export interface ServeOptions {
  /** Calls at work at a time; one more is refused at once with `OVERLOADED`. Default 1,024: as many as a pool takes in. */
  readonly maxInFlight?: number
}

export interface Service {
  readonly inFlight: number
  /** Takes no more calls, and resolves when those at work have been answered, at the latest at their deadlines. */
  drain(): Promise<void>
}

export interface ServeDeps {
  readonly link: Link
  readonly loopDelay: LoopDelay
  readonly prefix: string
  readonly log: Log
  readonly metrics: Metrics
}

/** Answers the operations of a contract, one subscription each: an instance is asked only for what it knows. */
export const serveContract = <C extends Contract>(
  { link, loopDelay, prefix, log, metrics }: ServeDeps,
  contract: C,
  { handlers, maxInFlight = 1_024 }: { handlers: Handlers<C> } & ServeOptions,
): Service => {
  const overloaded = encodeFailure(new ServiceError('OVERLOADED', `${maxInFlight} calls are at work`))
  let inFlight = 0
  let latestDeadlineMs = 0
  let idle: (() => void) | undefined

  const refuse = ({ errors }: Answering, reply: string, code: ErrorCode, why: string) => {
    errors(code)
    respond(link, reply, encodeFailure(new ServiceError(code, why)))
  }

  const receive = (answering: Answering, message: Msg) => {
    const { operation } = answering
    const { reply } = message
    if (!reply) return
    if (inFlight >= maxInFlight) {
      answering.errors('OVERLOADED')
      respond(link, reply, overloaded)
      return
    }
    let call: Call
    let input: unknown
    try {
      const request = decodeRequest(message.data)
      if (request.fingerprint !== operation.fingerprint) throw new Error('other required fields')
      const delayMs = loopDelay.delayMs(performance.now())
      const remainingMs = Math.min(request.remainingMs, operation.timeoutMs) - delayMs
      if (!(remainingMs > 0)) {
        refuse(answering, reply, 'DEADLINE_EXCEEDED', `${operation.subject}: came too late to be begun`)
        return
      }
      input = operation.input.fromWire(request.body)
      const trace = new Trace(parseTraceparent(request.traceparent))
      const viewer = request.viewerId === null ? null : { id: request.viewerId }
      call = new Call({ timeoutMs: remainingMs, trace, viewer, log: new CallLog(log, trace) })
    } catch (error) {
      answering.unreadable({ operation: operation.subject, err: error })
      refuse(answering, reply, 'CONTRACT_MISMATCH', `${operation.subject}: the request can't be read`)
      return
    }
    if (call.deadlineMs > latestDeadlineMs) latestDeadlineMs = call.deadlineMs
    inFlight++
    const finish = (frame: Uint8Array) => {
      inFlight--
      answering.latency.record(performance.now() - call.trace.startedMs)
      respond(link, reply, fitting(frame, answering, call))
      call.end(operation.subject)
      if (idle && inFlight === 0) idle()
    }
    void answer(answering, call, input, finish)
  }

  /** The broker would cut the connection for a reply that it does not take. */
  const fitting = (frame: Uint8Array, { operation, errors }: Answering, call: Call): Uint8Array => {
    if (frame.length <= link.maxBytes) return frame
    errors('INTERNAL')
    call.log.error(
      { operation: operation.subject, bytes: frame.length, maxBytes: link.maxBytes },
      'a reply is larger than the broker takes; ask for less at a time',
    )
    return encodeFailure(new ServiceError('INTERNAL', 'too large'), call.trace.report())
  }

  const listenings = Object.entries(contract).map(([name, operation]) => {
    const answering: Answering = {
      operation,
      handler: handlers[name] as Answering['handler'],
      latency: metrics.histogram('fastpath_handle_seconds', 'Time from a request’s arrival to its reply', {
        operation: operation.subject,
      }),
      errors: countErrors(metrics, {
        name: 'fastpath_handle_errors_total',
        help: 'Requests answered with an error',
        operation: operation.subject,
      }),
      unreadable: logRarely(log, 'a request can’t be read: of another version, or none at all'),
    }
    return link.subscribe({
      subject: prefix + operation.subject,
      queue: operation.service,
      onMessage: (message) => receive(answering, message),
    })
  })

  const drain = async () => {
    await Promise.all(listenings.map((listening) => listening.drain()))
    if (inFlight > 0) await idleBy()
    await link.roundTrip().catch(() => {})
  }

  /** No longer than anybody waits for an answer, should a handler never end. */
  const idleBy = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, latestDeadlineMs - performance.now()))
      idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  let drained: Promise<void> | undefined
  return {
    get inFlight() {
      return inFlight
    },
    drain: () => (drained ??= drain()),
  }
}

/** What all requests of one operation share. */
interface Answering {
  readonly operation: Operation
  readonly handler: (call: Call, input: unknown) => unknown
  readonly latency: Histogram
  readonly errors: (code: ErrorCode) => void
  readonly unreadable: (details: object) => void
}

/**
 * Finishes one request with its reply, of success or failure: in the very moment in which that is written, so that the
 * first of many replies are on their way before the last are made.
 */
const answer = async (answering: Answering, call: Call, input: unknown, finish: (frame: Uint8Array) => void) => {
  const { operation, handler } = answering
  let frame: Uint8Array
  try {
    const output = await handler(call, input)
    frame = encodeReply(operation.output.toWire(output), call.trace.report())
  } catch (thrown) {
    frame = failure(answering, call, thrown)
  }
  finish(frame)
}

const failure = ({ operation, errors }: Answering, call: Call, thrown: unknown): Uint8Array => {
  const error = toServiceError(thrown)
  errors(error.code)
  if (error.code === 'INTERNAL') call.log.error({ operation: operation.subject, err: thrown }, 'a call has failed')
  try {
    return encodeFailure(error, call.trace.report())
  } catch (unwritable) {
    call.log.error({ operation: operation.subject, err: unwritable }, 'an error could not be written')
    return encodeFailure(new ServiceError('INTERNAL', 'unwritable'))
  }
}

/** Without a connection there is nobody to tell: the caller knows already that it was lost. */
const respond = (link: Link, reply: string, frame: Uint8Array) => {
  if (link.connected) link.publish(reply, frame)
}
