export type ServerErrorCode =
  /** Not installed, and not to be installed by us: the message names the command that does. */
  | 'SERVER_MISSING'
  /** It did not come up, or ended early: the message carries the end of its log. */
  | 'SERVER_FAILED'
  /** `DATABASE_URL`, `NATS_URL`, `REDIS_URL` or `SMTP_URL` doesn't lead to such a server. */
  | 'SERVER_URL'
  /** Another live process runs a server on the same data folder. */
  | 'SERVER_IN_USE'
  /** Asked to kill, pause or restart a server that isn't ours. */
  | 'SERVER_EXTERNAL'

/** Every expected failure of this library; its message is meant to be printed as it is. */
export class ServerError extends Error {
  readonly code: ServerErrorCode

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerError'
    this.code = code
  }
}
