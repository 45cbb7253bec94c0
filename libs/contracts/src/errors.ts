/**
 * Every error that may reach a client, in one place: what it means, the HTTP status that says so, what the public body
 * says when the error itself names no field, and whether the same request may be sent again.
 *
 * `retry`: `safe`, the work was not begun; `idempotent`, its outcome is unknown; `never`, it would fail again.
 */
export const errorTable = {
  INVALID: { status: 422, subject: 'request', says: 'is invalid', retry: 'never' },
  MALFORMED: { status: 400, subject: 'request', says: 'is malformed', retry: 'never' },
  UNAUTHENTICATED: { status: 401, subject: 'token', says: 'is missing', retry: 'never' },
  FORBIDDEN: { status: 403, subject: 'resource', says: 'forbidden', retry: 'never' },
  NOT_FOUND: { status: 404, subject: 'resource', says: 'not found', retry: 'never' },
  METHOD_NOT_ALLOWED: { status: 405, subject: 'method', says: 'is not allowed', retry: 'never' },
  CONFLICT: { status: 409, subject: 'resource', says: 'has already been taken', retry: 'never' },
  TOO_LARGE: { status: 413, subject: 'body', says: 'is too large', retry: 'never' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, subject: 'body', says: 'must be application/json', retry: 'never' },
  TOO_MANY_REQUESTS: { status: 429, subject: 'request', says: 'came too often', retry: 'safe' },
  CANCELLED: { status: 499, subject: 'request', says: 'was abandoned', retry: 'never' },
  INTERNAL: { status: 500, subject: 'server', says: 'has failed', retry: 'never' },
  CONTRACT_MISMATCH: { status: 503, subject: 'service', says: 'speaks another version', retry: 'never' },
  UNAVAILABLE: { status: 503, subject: 'service', says: 'is unavailable', retry: 'safe' },
  OVERLOADED: { status: 503, subject: 'service', says: 'is overloaded', retry: 'safe' },
  DISCONNECTED: { status: 503, subject: 'service', says: 'is unavailable', retry: 'idempotent' },
  DEADLINE_EXCEEDED: { status: 504, subject: 'service', says: 'took too long', retry: 'idempotent' },
} as const satisfies Record<string, ErrorMeaning>

export interface ErrorMeaning {
  readonly status: number
  readonly subject: string
  readonly says: string
  readonly retry: 'safe' | 'idempotent' | 'never'
}

export type ErrorCode = keyof typeof errorTable

/** What is wrong, by field: `{ title: ["can't be blank"] }`. */
export type ErrorFields = Readonly<Record<string, readonly string[]>>

export interface ServiceErrorOptions {
  readonly fields?: ErrorFields
  readonly cause?: unknown
  /** A fault of the installation, whatever its code: who asks from outside is told `INTERNAL`. */
  readonly internal?: boolean
}

/**
 * An error with a code of the table. `message` is for the log of the developers, `fields` for the client.
 *
 * @example throw new ServiceError('NOT_FOUND', `no article ${slug}`, { fields: { article: ['not found'] } })
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: ErrorCode
  readonly fields: ErrorFields | undefined
  readonly internal: boolean

  constructor(code: ErrorCode, message: string, { fields, cause, internal = false }: ServiceErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.fields = fields
    this.internal = internal
  }

  /** What a client is told: the fields, or what the table says of the code. */
  get publicFields(): ErrorFields {
    const { subject, says } = errorTable[this.code]
    return this.fields ?? { [subject]: [says] }
  }
}

/** True for the names of the table: what another process sends is not trusted to be one. */
export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(errorTable, value)

/** Any thrown value as others are told of it; what has no code, or is internal, becomes `INTERNAL` and keeps its cause for the log. */
export const toServiceError = (error: unknown): ServiceError =>
  error instanceof ServiceError && !error.internal
    ? error
    : new ServiceError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error })
