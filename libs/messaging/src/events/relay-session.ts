import postgres from 'postgres'

/** A direct connection to PostgreSQL which holds the lock of the one active relay, and does all of its work. */
export interface RelaySession {
  /** False: another one is active. Once held, as long as the connection lives. */
  lock(): Promise<boolean>
  /** The oldest that nobody has sent, whatever was sent meanwhile: ids come in the order of writing, not of commits. */
  unsent(limit: number): Promise<UnsentEvent[]>
  markSent(to: string, sent: readonly SentEvent[]): Promise<void>
  /** Makes unsent what went into another making of the stream, or lies behind its end; tells how many. */
  resend(stream: { readonly createdAt: string; readonly lastSeq: number }, limit: number): Promise<number>
  /** Forgets what was sent long ago; tells how many. */
  trim(limit: number): Promise<number>
  close(): Promise<void>
}

export interface UnsentEvent {
  readonly id: string
  readonly eventId: string
  readonly subject: string
  readonly aggregate: string
  readonly version: string
  readonly data: Uint8Array
  readonly traceparent: string
  readonly createdAtMs: number
}

export interface SentEvent {
  readonly id: string
  readonly seq: number
}

export interface SessionOptions {
  readonly url: string
  readonly name: string
  /** The connection is gone, and the lock with it: close this session and open another. */
  readonly onLost: () => void
}

/** Behind it a lost stream can't be made up for. */
const keptFor = '24 hours'

export const openSession = ({ url, name, onLost }: SessionOptions): RelaySession => {
  let lost = false
  const sql = postgres(url, {
    max: 1,
    // The driver would come back by itself: without the lock.
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: 5,
    connection: { application_name: `${name} relay`, ...keepalive },
    onclose: () => {
      lost = true
      onLost()
    },
    onnotice: () => {},
  })
  /** A statement after the loss would open a connection that doesn't hold the lock. */
  const on = (): postgres.Sql => {
    if (lost) throw new Error('the relay has lost its connection to PostgreSQL')
    return sql
  }

  return {
    async lock() {
      const [row] = await on()<{ held: boolean }[]>`
        select pg_try_advisory_lock(hashtext('fastpath.relay'), hashtext(current_schema())) as held`
      return row?.held === true
    },
    unsent: async (limit) =>
      on()<UnsentEvent[]>`
        select id, event_id as "eventId", subject, aggregate, version, data, traceparent,
          (date_part('epoch', created_at) * 1000)::float8 as "createdAtMs"
        from outbox
        where sent_at is null
        order by id
        limit ${limit}`,
    async markSent(to, sent) {
      await on()`
        update outbox
        set sent_at = now(), sent_to = ${to}, sent_seq = sent.seq
        from unnest(${sent.map(({ id }) => id)}::bigint[], ${sent.map(({ seq }) => seq)}::bigint[]) as sent (id, seq)
        where outbox.id = sent.id`
    },
    async resend({ createdAt, lastSeq }, limit) {
      const { count } = await on()`
        update outbox
        set sent_at = null, sent_to = null, sent_seq = null
        where id in (
          select id from (
            select id, sent_at from outbox where sent_to < ${createdAt}
            union all
            select id, sent_at from outbox where sent_to > ${createdAt}
            union all
            select id, sent_at from outbox where sent_to = ${createdAt} and sent_seq > ${lastSeq}
          ) as missing
          where sent_at > now() - ${keptFor}::interval
          limit ${limit}
        )`
      return count
    },
    async trim(limit) {
      const { count } = await on()`
        delete from outbox
        where id in (
          select id from (select id, sent_at from outbox order by id limit ${limit}) as oldest
          where sent_at < now() - ${keptFor}::interval
        )`
      return count
    },
    async close() {
      lost = true
      await sql.end({ timeout: 1 })
    },
  }
}

/** A machine that went without a word holds the lock for a few seconds, not for two hours. In seconds. */
const keepalive = { tcp_keepalives_idle: 1, tcp_keepalives_interval: 1, tcp_keepalives_count: 2 }
