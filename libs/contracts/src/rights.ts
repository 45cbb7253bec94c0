import type { Event } from './event.js'
import type { Contract, Operation } from './operation.js'

/** What one program says and hears over the broker. What its user there may do is derived from it, and is no more than that. */
export interface Rights {
  /** The operations that it answers. */
  readonly serves?: Contract
  /** The operations of others that it asks for. */
  readonly calls?: readonly Operation[]
  /** The events that it relays. */
  readonly emits?: readonly Event[]
  /** The events that it handles, by the names of its consumers. */
  readonly consumes?: Readonly<Record<string, Event>>
  /** The events that it follows, without a part in their being done. */
  readonly follows?: readonly Event[]
  /** Whether it hears of what is no longer true, having caches, or tells others of it too. */
  readonly invalidations?: 'hears' | 'tells'
  /** Asks every process for its latency; each answers, but for an operator. */
  readonly asksForLatency?: boolean
  /** A person's tools, no service: looks after streams and dead letters, and hands these events out again. */
  readonly operates?: readonly Event[]
}
