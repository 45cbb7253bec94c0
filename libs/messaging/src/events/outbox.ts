import { randomUUID } from 'node:crypto'
import { type Event, encode } from '@fastpath/contracts'
import { type Pool, type Queries, statement } from '@fastpath/pooling'
import { type Call, formatTraceparent } from '@fastpath/timing'

/** What a transaction may do that tells others of itself. */
export interface OutboxQueries extends Queries {
  /**
   * Writes an event that becomes true with the transaction, and is told after its commit. Emit after the statement that
   * has written (and so locked) the aggregate's row: then the order of its events is the order of its commits.
   */
  emit<D>(event: Event<D>, data: D): Promise<void>
}

/** Changes and their events, committed together. The service's bus relays them: `bus.relay(outbox, { databaseUrl })`. */
export interface Outbox {
  /** As `pool.transaction`, with `tx.emit`. */
  transaction<T>(call: Call, work: (tx: OutboxQueries) => Promise<T>): Promise<T>
  /** Told after each commit with events. */
  onCommit(listener: () => void): void
}

/** Far below what the broker takes in one message, headers included: what is larger would never get through. */
const maxEventBytes = 256 * 1024

/** An aggregate without a version is numbered by its events: under its row's lock they rise. */
const insertEvent = statement<
  never,
  [eventId: string, subject: string, aggregate: string, version: number | null, data: Uint8Array, traceparent: string]
>(
  'insert_event',
  `
  with next as (select nextval(pg_get_serial_sequence('outbox', 'id')) as id)
  insert into outbox (id, event_id, subject, aggregate, version, data, traceparent)
  overriding system value
  select id, $1::uuid, $2, $3, coalesce($4::bigint, id), $5::bytea, $6 from next`,
)

export interface OutboxOptions {
  readonly pool: Pool
  /**
   * Told what is no longer true, and by which events, after each commit and before `transaction` resolves: what has to be
   * said before the reply (`invalidate` of libs/caching). Must not reject.
   */
  readonly invalidate?: (tags: readonly string[], eventIds: readonly string[]) => Promise<void>
}

export const createOutbox = ({ pool, invalidate = async () => {} }: OutboxOptions): Outbox => {
  const listeners: (() => void)[] = []

  const emit = async <D>(call: Call, tx: Queries, { eventId, event, data }: Emitted<D>): Promise<void> => {
    const bytes = encode([event.data.fingerprint, event.data.toWire(data)])
    if (bytes.length > maxEventBytes) {
      throw new Error(`${event.subject}: ${bytes.length} bytes, at most ${maxEventBytes} can be told`)
    }
    const { version = null } = data as { version?: number }
    const traceparent = formatTraceparent(call.trace.context)
    await tx.run(insertEvent, [eventId, event.subject, event.aggregateOf(data), version, bytes, traceparent])
  }

  return {
    async transaction(call, work) {
      const eventIds: string[] = []
      const tags = new Set<string>()
      const outcome = await pool.transaction(call, (tx) =>
        work({
          ...tx,
          emit(event, data) {
            const eventId = randomUUID()
            eventIds.push(eventId)
            for (const tag of event.tagsOf(data)) tags.add(tag)
            return emit(call, tx, { eventId, event, data })
          },
        }),
      )
      if (eventIds.length === 0) return outcome
      // First of all: who has heard of it needs not do it again when the event comes.
      if (tags.size > 0) await invalidate([...tags], eventIds)
      for (const listener of listeners) listener()
      return outcome
    },
    onCommit: (listener) => void listeners.push(listener),
  }
}

interface Emitted<D> {
  readonly eventId: string
  readonly event: Event<D>
  readonly data: D
}
