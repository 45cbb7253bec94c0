import type { Static, TSchema } from 'typebox'
import { compileLayout, type Layout } from './layout/compile.js'

export interface OperationOptions<I extends TSchema, O extends TSchema> {
  /** `service.operation`: the NATS subject, the name in metrics, and by its first part the entry in Server-Timing. */
  readonly subject: `${string}.${string}`
  readonly input: I
  readonly output: O
  /** True when doing it twice is the same as doing it once: only then is a call with an unknown outcome sent again. */
  readonly idempotent: boolean
  /** The longest that any caller waits, in milliseconds; a caller's own deadline may be nearer. */
  readonly timeoutMs: number
}

/** What one service does for others, with the layouts of both directions. */
export interface Operation<I = unknown, O = unknown> {
  readonly subject: string
  /** The service that answers: the first part of the subject. */
  readonly service: string
  readonly idempotent: boolean
  readonly timeoutMs: number
  readonly input: Layout<I>
  readonly output: Layout<O>
  /** Of the required fields of both directions: two sides that differ can't talk. Unsigned 32 bit. */
  readonly fingerprint: number
}

/** Declares an operation. Throws at start when a schema holds what a layout can't carry. */
export const operation = <I extends TSchema, O extends TSchema>(
  options: OperationOptions<I, O>,
): Operation<Static<I>, Static<O>> => {
  const { subject, idempotent, timeoutMs } = options
  const input = compileLayout<Static<I>>(options.input)
  const output = compileLayout<Static<O>>(options.output)
  return {
    subject,
    service: subject.slice(0, subject.indexOf('.')),
    idempotent,
    timeoutMs,
    input,
    output,
    fingerprint: (Math.imul(input.fingerprint, 31) ^ output.fingerprint) >>> 0,
  }
}

/** The operations of one service, by the names that callers use. */
// biome-ignore lint/suspicious/noExplicitAny: an operation takes in its input and gives out its output, so no single type stands above all.
export type Contract = Readonly<Record<string, Operation<any, any>>>

export type InputOf<O> = O extends Operation<infer I, infer _> ? I : never
export type OutputOf<O> = O extends Operation<infer _, infer R> ? R : never
