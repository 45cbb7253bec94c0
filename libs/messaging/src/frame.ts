import { decode, type ErrorFields, encode, isErrorCode, ServiceError } from '@fastpath/contracts'
import { type Call, formatTraceparent, type TraceReport } from '@fastpath/timing'

/** Raised when a frame's own form changes; layouts have their fingerprint. */
const version = 1

export interface Request {
  readonly fingerprint: number
  /** What the caller still waits, in whole milliseconds, less its margin. */
  readonly remainingMs: number
  readonly traceparent: string | null
  readonly viewerId: number | null
  readonly body: unknown
}

export type Reply = { readonly report: TraceReport } & (
  | { readonly body: unknown; readonly error?: undefined }
  | { readonly error: ServiceError }
)

/** `[version, fingerprint, remainingMs, traceparent, viewer, body]`, in bytes that nobody writes to again. */
export const encodeRequest = (call: Call, body: unknown, about: { fingerprint: number; remainingMs: number }) =>
  encode([
    version,
    about.fingerprint,
    about.remainingMs,
    formatTraceparent(call.trace.context),
    call.viewer?.id ?? null,
    body,
  ])

/** What a retry sends: the request as it was first asked, whatever became of the input since, with the time that is left. */
export const withRemaining = (request: Uint8Array, remainingMs: number): Uint8Array => {
  const frame = decode(request) as unknown[]
  frame[2] = remainingMs
  return encode(frame)
}

/** Throws for whatever is not a request of this version. */
export const decodeRequest = (bytes: Uint8Array): Request => {
  const frame = decode(bytes)
  if (!Array.isArray(frame) || frame[0] !== version || frame.length < 6) throw new Error('not a request')
  const [, fingerprint, remainingMs, traceparent, viewerId, body] = frame
  if (typeof remainingMs !== 'number') throw new Error('a request without its remaining time')
  return {
    fingerprint,
    remainingMs,
    traceparent: typeof traceparent === 'string' ? traceparent : null,
    viewerId: typeof viewerId === 'number' ? viewerId : null,
    body,
  }
}

/** `[version, 0, body, timings, counts, usages]` */
export const encodeReply = (body: unknown, { timings, counts, usages }: TraceReport): Uint8Array =>
  encode([version, 0, body, timings, counts, usages])

/** `[version, 1, [code, message, fields], timings, counts, usages]`: no stack, no cause, and of an internal error nothing but that it is one. */
export const encodeFailure = (error: ServiceError, { timings, counts, usages }: TraceReport = nothing): Uint8Array => {
  const internal = error.code === 'INTERNAL'
  const message = internal ? 'internal error' : error.message
  const fields = internal || !error.fields ? null : Object.entries(error.fields)
  return encode([version, 1, [error.code, message, fields], timings, counts, usages])
}

/** Throws for whatever is not a reply of this version. */
export const decodeReply = (bytes: Uint8Array): Reply => {
  const frame = decode(bytes)
  if (!Array.isArray(frame) || frame[0] !== version || frame.length < 5) throw new Error('not a reply')
  const [, status, body, timings, counts, usages] = frame
  if (!Array.isArray(timings) || !Array.isArray(counts)) throw new Error('a reply without its timings')
  // Older callees end with their counts.
  const report = { timings, counts, usages: Array.isArray(usages) ? usages : [] }
  return status === 0 ? { body, report } : { error: toError(body), report }
}

const nothing: TraceReport = { timings: [], counts: [], usages: [] }

const toError = (body: unknown): ServiceError => {
  if (!Array.isArray(body)) throw new Error('a failure without its code')
  const [code, message, fields] = body
  // A code that this side's table lacks comes from a newer callee.
  if (!isErrorCode(code)) return new ServiceError('INTERNAL', `${String(code)}: ${String(message)}`)
  return new ServiceError(code, String(message), Array.isArray(fields) ? { fields: toFields(fields) } : {})
}

const toFields = (entries: readonly unknown[]): ErrorFields =>
  Object.fromEntries(entries.map((entry) => (Array.isArray(entry) ? toField(entry) : ['error', [String(entry)]])))

const toField = ([name, messages]: readonly unknown[]): [string, string[]] => [
  String(name),
  Array.isArray(messages) ? messages.map(String) : [String(messages)],
]
