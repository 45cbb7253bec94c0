import type { Static, TObject, TSchema } from 'typebox'
import type { ErrorCode } from './errors.js'

/** How long an answer to readers without a token may be kept once it is finished. What was invalidated is loaded anew before. */
export interface CachePolicy {
  /** Up to this age it is sent as it is; shared caches between us and the reader are told the same. */
  readonly softTtlMs: number
  /** Up to this age it is sent while a fresh one is being made. */
  readonly hardTtlMs: number
  /** For so much longer it is sent where no fresh one can be made, since a service is away. */
  readonly staleIfErrorMs: number
}

/** One path of the public API: what it takes, what it gives, and what may go wrong. */
export interface Route<
  P extends TObject = TObject,
  Q extends TObject = TObject,
  B extends TObject = TObject,
  R extends TSchema = TSchema,
> {
  /** RealWorld's `operationId` where it has one. */
  readonly id: string
  readonly summary: string
  readonly tag: string
  readonly method: 'get' | 'head' | 'post' | 'put' | 'delete'
  /** With parameters as `:name`. */
  readonly path: string
  readonly params?: P
  readonly query?: Q
  /** JSON; absent where nothing is read. */
  readonly body?: B
  readonly status: 200 | 201 | 204
  /** Absent where the answer has no body. */
  readonly reply?: R
  /** Whether a token is needed, looked at when there is one, or of no account. */
  readonly auth: 'required' | 'optional' | 'none'
  /** What may go wrong beyond what may go wrong everywhere (`INVALID` and the failures of a service). */
  readonly errors: readonly ErrorCode[]
  /** `never` where the answer holds a token: nobody may keep it. Absent: kept by nobody but its reader, who asks each time. */
  readonly cache?: CachePolicy | 'never'
  /** `total` where the parts of an answer's time would tell what was looked up: log-in and registration. */
  readonly timing?: 'total'
  /** Milliseconds within which an answer is meant to be written; the deadline of its calls is longer. */
  readonly budgetMs: number
}

/** Declares a route. */
export const route = <P extends TObject, Q extends TObject, B extends TObject, R extends TSchema>(
  options: Route<P, Q, B, R>,
): Route<P, Q, B, R> => options

export type ParamsOf<R extends Route> = R extends Route<infer P, infer _Q, infer _B, infer _R> ? Static<P> : never
export type QueryOf<R extends Route> = R extends Route<infer _P, infer Q, infer _B, infer _R> ? Static<Q> : never
export type BodyOf<R extends Route> = R extends Route<infer _P, infer _Q, infer B, infer _R> ? Static<B> : never
export type ReplyOf<R extends Route> = R extends Route<infer _P, infer _Q, infer _B, infer S> ? Static<S> : never
