import { type Pool, type Queries, statement } from '@fastpath/pooling'
import type { Call } from '@fastpath/timing'

/** What a consumer has handled, in its own schema (`inboxTables`): an event that comes again is not handled again. */
export interface Inbox {
  look(call: Call, delivery: Delivery): Promise<InboxView>
  /**
   * In the transaction of the effect, or right after an effect that has none.
   *
   * @returns false where it was marked before, or, with a version, where a later one was: nothing is to be done then.
   */
  mark(call: Call, delivery: Delivery, tx?: Queries): Promise<boolean>
  /** Notes a try that has failed; gives all of them, the oldest first, at most the last 20. */
  failed(call: Call, delivery: Delivery, what: string): Promise<readonly string[]>
  forgetFailures(call: Call, delivery: Delivery): Promise<void>
}

export interface Delivery {
  readonly eventId: string
  readonly consumer: string
  /** Where older versions are to be dropped. */
  readonly ordered?: { readonly aggregate: string; readonly version: number }
}

export interface InboxView {
  readonly seen: boolean
  /** The last version handled; null where there is none, and where nobody asks for the order. */
  readonly version: number | null
  readonly failures: number
}

type Key = [eventId: string, consumer: string]

const lookInbox = statement<InboxView, [...Key, aggregate: string | null]>(
  'look_inbox',
  `
  select
    exists (select from inbox where event_id = $1 and consumer = $2) as seen,
    (select version::float8 from inbox_version where aggregate = $3 and consumer = $2) as version,
    coalesce((select cardinality(history) from inbox_failure where event_id = $1 and consumer = $2), 0) as failures`,
)

/** Each mark clears two that are older than any redelivery: so it never has much to clear. A week in the stream, and one more. */
const markInbox = statement<{ marked: boolean }, Key>(
  'mark_inbox',
  `
  with stale as (
    delete from inbox
    where (event_id, consumer) in (
      select event_id, consumer from inbox where handled_at < now() - interval '14 days' order by handled_at limit 2
      for update skip locked
    )
  ), marked as (
    insert into inbox (event_id, consumer) values ($1, $2) on conflict do nothing returning event_id
  )
  select exists (select from marked) as marked`,
)

const markVersion = statement<{ marked: boolean }, [aggregate: string, consumer: string, version: number]>(
  'mark_version',
  `
  with stale as (
    delete from inbox_version
    where (aggregate, consumer) in (
      select aggregate, consumer from inbox_version
      where handled_at < now() - interval '14 days' and (aggregate, consumer) <> ($1, $2)
      order by handled_at limit 2
      for update skip locked
    )
  ), marked as (
    insert into inbox_version as kept (aggregate, consumer, version) values ($1, $2, $3)
    on conflict (aggregate, consumer) do update set version = excluded.version, handled_at = now()
    where kept.version <= excluded.version
    returning version
  )
  select exists (select from marked) as marked`,
)

const noteFailure = statement<{ history: string[] }, [...Key, what: string]>(
  'note_failure',
  `
  with stale as (
    delete from inbox_failure
    where (event_id, consumer) in (
      select event_id, consumer from inbox_failure
      where failed_at < now() - interval '14 days' and (event_id, consumer) <> ($1, $2)
      order by failed_at limit 2
      for update skip locked
    )
  )
  insert into inbox_failure as kept (event_id, consumer, history) values ($1, $2, array[$3::text])
  on conflict (event_id, consumer) do update
    set history = (kept.history || excluded.history)[greatest(1, cardinality(kept.history) - 18):], failed_at = now()
  returning history`,
)

const forgetFailure = statement<never, Key>(
  'forget_failure',
  'delete from inbox_failure where event_id = $1 and consumer = $2',
)

export const createInbox = ({ pool }: { readonly pool: Pool }): Inbox => {
  const markIn = async (tx: Queries, { eventId, consumer, ordered }: Delivery): Promise<boolean> => {
    const isNew = (await tx.one(markInbox, [eventId, consumer]))?.marked === true
    if (!isNew || !ordered) return isNew
    return (await tx.one(markVersion, [ordered.aggregate, consumer, ordered.version]))?.marked === true
  }

  return {
    async look(call, { eventId, consumer, ordered }) {
      const view = await pool.one(call, lookInbox, [eventId, consumer, ordered?.aggregate ?? null])
      return view ?? { seen: false, version: null, failures: 0 }
    },
    async mark(call, delivery, tx) {
      if (tx) return markIn(tx, delivery)
      if (delivery.ordered) return pool.transaction(call, (own) => markIn(own, delivery))
      return (await pool.one(call, markInbox, [delivery.eventId, delivery.consumer]))?.marked === true
    },
    async failed(call, { eventId, consumer }, what) {
      return (await pool.one(call, noteFailure, [eventId, consumer, what]))?.history ?? [what]
    },
    async forgetFailures(call, { eventId, consumer }) {
      await pool.run(call, forgetFailure, [eventId, consumer])
    },
  }
}
