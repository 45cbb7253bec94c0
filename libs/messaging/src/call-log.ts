import type { Log, Trace } from '@fastpath/timing'

/**
 * A logger that says to which request a line belongs. A class of two fields, since there is one for every call and
 * hardly any call logs: the trace's identity is looked up when a line is written.
 */
export class CallLog implements Log {
  readonly #log: Log
  readonly #trace: Trace

  constructor(log: Log, trace: Trace) {
    this.#log = log
    this.#trace = trace
  }

  debug(details: object, message: string): void {
    this.#log.debug(this.#with(details), message)
  }

  info(details: object, message: string): void {
    this.#log.info(this.#with(details), message)
  }

  warn(details: object, message: string): void {
    this.#log.warn(this.#with(details), message)
  }

  error(details: object, message: string): void {
    this.#log.error(this.#with(details), message)
  }

  #with(details: object): object {
    return { traceId: this.#trace.context.traceId, ...details }
  }
}
