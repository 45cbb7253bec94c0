import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { event } from '@fastpath/contracts'
import { createPool, type Pool } from '@fastpath/pooling'
import { type Server, startNats } from '@fastpath/servers'
import { administer, createTestDatabase, type TestDatabase } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { connect as connectRaw, type NatsConnection } from 'nats'
import Type from 'typebox'
import { type Bus, type BusOptions, connect } from '../connect.js'
import { eventHeaders } from './headers.js'
import { createInbox, type Inbox } from './inbox.js'
import { createOutbox, type Outbox } from './outbox.js'
import { eventNames } from './streams.js'
import { inboxTables } from './tables.js'

/** An aggregate that counts its changes, and one that does not. */
export const counted = event({
  subject: 'events.test.counted',
  aggregate: ['thing', 'thingId'],
  data: Type.Object({ thingId: Type.Integer(), version: Type.Integer(), note: Type.Optional(Type.String()) }),
})
export const happened = event({
  subject: 'events.test.happened',
  aggregate: ['place', 'placeId'],
  data: Type.Object({ placeId: Type.Integer() }),
})

export interface TestEvents {
  readonly nats: Server
  readonly database: TestDatabase
  readonly pool: Pool
  readonly outbox: Outbox
  readonly inbox: Inbox
  /** A bus on the private broker, closed at the end. */
  join(options?: Partial<BusOptions>): Promise<Bus>
  emit(...versions: { thingId: number; version: number; note?: string }[]): Promise<void>
  /** What the stream holds. */
  stored(): Promise<StoredEvent[]>
  raw(): Promise<NatsConnection>
  /** The broker loses all that it has on disk, while it is stopped. */
  loseStore(): Promise<void>
  close(): Promise<void>
}

export interface StoredEvent {
  readonly id: string
  readonly aggregate: string
  readonly version: number
}

export const newCall = () => new Call({ timeoutMs: 15_000 })

/** A broker that may be killed, and a database with an outbox and an inbox. */
export const openTestEvents = async (): Promise<TestEvents> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'fastpath-events-'))
  const nats = await startNats({ external: false, dataDir })
  const database = await createTestDatabase()
  const pool = createPool({ url: database.urls.user })
  await administer(database.urls.user, (sql) => sql.unsafe(inboxTables))
  const outbox = createOutbox({ pool })
  const inbox = createInbox({ pool })
  const buses: Bus[] = []
  const raws: NatsConnection[] = []

  const raw = async () => {
    const connection = await connectRaw({ servers: nats.url, reconnect: false })
    raws.push(connection)
    return connection
  }

  return {
    nats,
    database,
    pool,
    outbox,
    inbox,
    raw,
    async join(options = {}) {
      const bus = await connect({ url: nats.url, name: 'test', ...options })
      buses.push(bus)
      return bus
    },
    emit: (...versions) =>
      outbox.transaction(newCall(), async (tx) => {
        for (const data of versions) await tx.emit(counted, data)
      }),
    async stored() {
      const connection = await raw()
      const manager = await connection.jetstreamManager()
      const { events } = eventNames('')
      const found: StoredEvent[] = []
      const { state } = await manager.streams.info(events)
      for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
        const { header } = await manager.streams.getMessage(events, { seq })
        const text = (key: string) => header.get(key)
        found.push({
          id: text(eventHeaders.id),
          aggregate: text(eventHeaders.aggregate),
          version: Number(text(eventHeaders.version)),
        })
      }
      await connection.close()
      return found
    },
    async loseStore() {
      await nats.kill()
      await rm(join(dataDir, 'data'), { recursive: true })
      await nats.restart()
    },
    async close() {
      await Promise.all(buses.map((bus) => bus.close()))
      await Promise.all(raws.map((connection) => connection.close().catch(() => {})))
      await pool.close()
      await database.drop()
      await nats.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
