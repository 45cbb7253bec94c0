import { conduitEvents, decode } from '@fastpath/contracts'
import { administer } from './test-database.js'

export interface EmittedEvent {
  /** The subject without its first part, such as `user.registered`. */
  readonly name: string
  readonly aggregate: string
  readonly version: number
  readonly data: unknown
}

/** What a service's outbox holds, in the order of writing. */
export const emittedEvents = (databaseUrl: string): Promise<EmittedEvent[]> =>
  administer(databaseUrl, async (sql) => {
    const rows = await sql<{ subject: string; aggregate: string; version: string; data: Uint8Array }[]>`
      select subject, aggregate, version, data from outbox order by id`
    return rows.map(({ subject, aggregate, version, data }) => {
      const [, wire] = decode(data) as [unknown, unknown]
      const event = conduitEvents.find((known) => known.subject === subject)
      return {
        name: subject.slice('events.'.length),
        aggregate,
        version: Number(version),
        data: event?.data.fromWire(wire),
      }
    })
  })
