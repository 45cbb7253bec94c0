import { errorTable, ServiceError } from '@fastpath/contracts'

/**
 * Thrown by a handler for an event that can never succeed: it becomes a dead letter without another try.
 *
 * @example throw new Undeliverable('550 no such mailbox')
 */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable'
  readonly code = 'UNDELIVERABLE'
}

/** The transaction of an effect that was there already is rolled back by it. */
export class HandledBefore extends Error {
  override readonly name = 'HandledBefore'
  readonly code = 'HANDLED_BEFORE'
}

/**
 * The other side is away, refuses work for now, or the way to it broke: no fault of the event. An outcome that is unknown
 * is one of these too, since what a consumer does may be done again.
 */
export const isAway = (error: unknown): boolean =>
  error instanceof ServiceError && (errorTable[error.code].retry === 'safe' || error.code === 'DISCONNECTED')

const maxLength = 500

/** One line of a dead letter's history. */
export const describeFailure = (error: unknown): string => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const what = typeof message === 'string' ? message : String(error)
  const line = `${new Date().toISOString()} ${typeof code === 'string' ? `${code}: ` : ''}${what}`
  // PostgreSQL keeps no NUL, a header no half of a character.
  return line.replaceAll('\0', '').slice(0, maxLength).toWellFormed()
}
