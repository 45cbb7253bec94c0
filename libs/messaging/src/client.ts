import {
  type Contract,
  type ErrorCode,
  errorTable,
  type InputOf,
  type Operation,
  type OutputOf,
  ServiceError,
} from '@fastpath/contracts'
import { type Call, callSite, type Histogram, type Metrics, type Usage } from '@fastpath/timing'
import { countErrors } from './count-errors.js'
import { decodeReply, encodeRequest } from './frame.js'
import type { Exchange, Multiplexer } from './multiplexer.js'

/** The operations of a contract as functions. Every failure is a `ServiceError`. */
export type Client<C extends Contract> = {
  readonly [K in keyof C]: (call: Call, input: InputOf<C[K]>) => Promise<OutputOf<C[K]>>
}

export interface ClientDeps {
  readonly multiplexer: Multiplexer
  readonly prefix: string
  readonly metrics: Metrics
  readonly callSites: boolean
}

/** Makes a contract callable: each call is one message there and one back, within its deadline. */
export const createClient = <C extends Contract>(deps: ClientDeps, contract: C): Client<C> =>
  Object.fromEntries(
    Object.entries(contract).map(([name, operation]) => [name, callOperation(deps, operation)]),
  ) as unknown as Client<C>

const callOperation = ({ multiplexer, prefix, metrics, callSites }: ClientDeps, operation: Operation) => {
  const { subject } = operation
  const target: Target = {
    operation,
    subject: prefix + subject,
    latency: metrics.histogram('fastpath_call_seconds', 'Time from request to reply', { operation: subject }),
    errors: countErrors(metrics, { name: 'fastpath_call_errors_total', help: 'Calls that failed', operation: subject }),
  }
  return (call: Call, input: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      try {
        const body = operation.input.toWire(input)
        const pending = new PendingCall(target, call, body)
        pending.resolve = resolve
        pending.reject = reject
        multiplexer.send(pending)
        if (pending.sentMs === 0) return
        const usage = call.trace.use('operation', subject, body)
        // Here, where the caller's code is still on the stack.
        if (callSites && usage.wantsSite) usage.site = callSite() ?? ''
        pending.usage = usage
      } catch (cause) {
        reject(new ServiceError('INVALID', `${subject}: the input can't be written`, { cause }))
      }
    })
}

/** What all calls of one operation share. */
interface Target {
  readonly operation: Operation
  readonly subject: string
  readonly latency: Histogram
  readonly errors: (code: ErrorCode) => void
}

/** A class, since there is one for every call and its fields change: no closures are made on the way but the promise's own. */
class PendingCall implements Exchange {
  readonly call: Call
  readonly deadlineMs: number
  sentMs = 0
  retryAtMs = Number.POSITIVE_INFINITY
  firstSeq = 0
  secondSeq = 0
  request: Uint8Array | undefined
  usage: Usage | undefined
  resolve!: (output: unknown) => void
  reject!: (error: ServiceError) => void
  readonly #target: Target
  readonly #body: unknown

  constructor(target: Target, call: Call, body: unknown) {
    this.#target = target
    this.#body = body
    this.call = call
    this.deadlineMs = Math.min(call.deadlineMs, performance.now() + target.operation.timeoutMs)
  }

  get subject(): string {
    return this.#target.subject
  }

  get idempotent(): boolean {
    return this.#target.operation.idempotent
  }

  encode(remainingMs: number): Uint8Array {
    return encodeRequest(this.call, this.#body, { fingerprint: this.#target.operation.fingerprint, remainingMs })
  }

  receive(data: Uint8Array, alone: boolean): boolean {
    const { operation } = this.#target
    let output: unknown
    let error: ServiceError | undefined
    try {
      const reply = decodeReply(data)
      if (reply.error) error = reply.error
      else output = operation.output.fromWire(reply.body)
      // This instance could not; the other one, or the first try, may still bring an answer.
      if (error && !alone && errorTable[error.code].retry !== 'never') return false
      this.call.trace.merge(operation.service, reply.report, this.sentMs, performance.now())
    } catch (cause) {
      error = new ServiceError('CONTRACT_MISMATCH', `${operation.subject}: the reply can't be read`, { cause })
    }
    this.#end(error)
    if (!error) this.resolve(output)
    return true
  }

  fail(code: ErrorCode, why: string): void {
    // That this process may not ask is its own fault; a service's `FORBIDDEN` comes by `receive`.
    const internal = code === 'FORBIDDEN'
    this.#end(new ServiceError(code, `${this.#target.operation.subject}: ${why}`, { internal }))
  }

  #end(error: ServiceError | undefined): void {
    const { operation, latency, errors } = this.#target
    if (this.sentMs > 0) {
      const endedMs = performance.now()
      latency.record(endedMs - this.sentMs)
      this.usage?.end(endedMs - this.sentMs, 0)
      this.call.trace.add(operation.service, this.sentMs, endedMs)
    }
    if (!error) return
    errors(error.code)
    this.reject(error)
  }
}
