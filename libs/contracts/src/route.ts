import type { Static, TObject, TSchema } from 'typebox'
import type { ErrorCode } from './errors.js'

/** One path of the public API: what it takes, what it gives, and what may go wrong. */
export interface Route<P extends TObject = TObject, Q extends TObject = TObject, R extends TSchema = TSchema> {
  /** RealWorld's `operationId` where it has one. */
  readonly id: string
  readonly summary: string
  readonly tag: string
  readonly method: 'get' | 'head' | 'post' | 'put' | 'delete'
  /** With parameters as `:name`. */
  readonly path: string
  readonly params?: P
  readonly query?: Q
  readonly status: 200 | 201 | 204
  /** Absent where the answer has no body. */
  readonly reply?: R
  /** Whether a token is needed, looked at when there is one, or of no account. */
  readonly auth: 'required' | 'optional' | 'none'
  /** What may go wrong beyond what may go wrong everywhere (`INVALID` and the failures of a service). */
  readonly errors: readonly ErrorCode[]
  /** Milliseconds within which an answer is meant to be written; the deadline of its calls is longer. */
  readonly budgetMs: number
}

/** Declares a route. */
export const route = <P extends TObject, Q extends TObject, R extends TSchema>(
  options: Route<P, Q, R>,
): Route<P, Q, R> => options

export type ParamsOf<R extends Route> = R extends Route<infer P, infer _Q, infer _R> ? Static<P> : never
export type QueryOf<R extends Route> = R extends Route<infer _P, infer Q, infer _R> ? Static<Q> : never
export type ReplyOf<R extends Route> = R extends Route<infer _P, infer _Q, infer S> ? Static<S> : never
