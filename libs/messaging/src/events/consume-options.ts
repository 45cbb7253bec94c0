import type { Queries } from '@fastpath/pooling'
import type { Call } from '@fastpath/timing'
import type { Inbox } from './inbox.js'
import type { Span } from './rest.js'

export interface ConsumeOptions<D> {
  /** Letters, digits, `-` and `_`. Instances of the same name share the events; each other name gets all of them. */
  readonly name: string
  /**
   * Does what the event asks for. What it throws decides what comes next: `UNAVAILABLE`, `OVERLOADED`, `TOO_MANY_REQUESTS`
   * or `DISCONNECTED` let the whole consumer rest and count as no try; `Undeliverable` makes a dead letter at once;
   * anything else is one of `maxDeliveries` tries.
   */
  readonly handle: (call: Call, data: D, about: AboutEvent) => Promise<void>
  /** Without one an event may be handled twice, and each process counts its own tries. */
  readonly inbox?: Inbox
  /** Drops versions of an aggregate that are older than one which this consumer has handled, and handles one at a time. */
  readonly inOrder?: boolean
  /** Events at work at a time; 16 unless told. */
  readonly maxInFlight?: number
  /** Tries that may fail; 1 to 20, 8 unless told. After the last one the event is a dead letter. */
  readonly maxDeliveries?: number
  /** Milliseconds for one try; 30,000 unless told. */
  readonly timeoutMs?: number
  /** Milliseconds between tries: doubled from the first to the longest, with jitter; 1,000 and 60,000 unless told. */
  readonly backoffMs?: Span
  /** Milliseconds of rest while the other side is away, doubled likewise; 500 and 15,000 unless told. */
  readonly restMs?: Span
}

export interface AboutEvent {
  readonly eventId: string
  readonly aggregate: string
  readonly version: number
  readonly happenedAtMs: number
  /** 1 at first. */
  readonly attempt: number
  /**
   * Marks the event as handled in the transaction of its effect; where that is not done, it is marked after the handler.
   * Rejects where it was marked before: let that end the transaction.
   */
  mark(tx: Queries): Promise<void>
}

/** @throws RangeError for what no consumer can be made of. */
export const checkOptions = ({
  name,
  maxDeliveries = 8,
  maxInFlight = 16,
}: Omit<ConsumeOptions<never>, 'handle'>): void => {
  if (!/^[\w-]+$/.test(name))
    throw new RangeError(`a consumer's name is ${JSON.stringify(name)}; takes letters, digits, - and _`)
  if (!(maxDeliveries >= 1 && maxDeliveries <= 20))
    throw new RangeError(`maxDeliveries is ${maxDeliveries}; takes 1 to 20`)
  if (!(maxInFlight >= 1)) throw new RangeError(`maxInFlight is ${maxInFlight}; takes 1 or more`)
}
