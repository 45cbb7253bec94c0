import { randomBytes, randomInt } from 'node:crypto'

/** The identity of a request across processes, as W3C Trace Context carries it. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits: the span that made the call. */
  readonly parentId: string
  readonly sampled: boolean
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads a `traceparent` header; `undefined` for what is not one, which then starts a new trace (W3C Trace Context §3.2). */
export const parseTraceparent = (header: string | null | undefined): TraceContext | undefined => {
  const parts = header ? pattern.exec(header) : null
  if (!parts) return undefined
  const [, version, traceId, parentId, flags, more] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ]
  const tooLong = version === '00' && more !== undefined
  if (version === 'ff' || tooLong || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** Writes a `traceparent` header, version 00. */
export const formatTraceparent = ({ traceId, parentId, sampled }: TraceContext): string =>
  `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`

// A random half per process and a counter from a random start: unique without a system call per request. Its last two
// digits come from a table, since writing the whole number took longer than all the rest of a cached answer's headers.
const processHalf = randomBytes(8).toString('hex')
const lastDigits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
let counter = randomInt(2 ** 40)
let firstDigits = ''
let next = lastDigits.length

/** A context for a request that came without one. */
export const newTraceContext = (): TraceContext => {
  if (next === lastDigits.length) {
    firstDigits = (++counter).toString(16).padStart(14, '0')
    next = 0
  }
  const spanId = firstDigits + (lastDigits[next++] as string)
  return { traceId: processHalf + spanId, parentId: spanId, sampled: false }
}
