import type { Log, Metrics } from '@fastpath/timing'
import type { Link } from '../link.js'
import { logRarely } from '../log-rarely.js'
import { within } from '../within.js'
import { createAlarm } from './alarm.js'
import { createEventPublisher } from './event-publisher.js'
import type { Outbox } from './outbox.js'
import { openSession, type RelaySession } from './relay-session.js'
import type { EventNames } from './streams.js'

export interface RelayOptions {
  /** A direct connection as the service's own role: a pooler in transaction mode can't hold the lock. */
  readonly databaseUrl: string
}

/** Brings the committed events of one service to the broker. */
export interface Relay {
  /** Whether it is the one of its service that works; the others wait to take over. */
  readonly active: boolean
  /** Sends what was committed so far, as far as that takes no more than two seconds, and gives the lock away. */
  close(): Promise<void>
}

export interface RelayDeps {
  readonly link: Link
  readonly names: EventNames
  readonly replicas: number | undefined
  readonly name: string
  readonly log: Log
  readonly metrics: Metrics
}

/** The net under the wake-up at each commit: what another instance has committed. */
const sweepMs = 1_000
/** How often an idle instance looks whether the active one has gone. */
const takeoverMs = 500
const firstBackoffMs = 100
const longestBackoffMs = 5_000
const lastSweepMs = 2_000
const trimEveryMs = 60_000
/** Rows at a time: what a relay holds in memory, however many wait. */
const batchRows = 256
const trimRows = 5_000

export const startRelay = (deps: RelayDeps, outbox: Outbox, { databaseUrl }: RelayOptions): Relay => {
  const { link, name, log, metrics } = deps
  const alarm = createAlarm()
  /** Apart from the alarm, which rings at every commit: a broker in trouble is to be left in peace. */
  const retry = createAlarm()
  const publisher = createEventPublisher(deps)
  const warn = logRarely(log, 'events wait: they can’t be sent now, and will be')
  let closed = false
  let session: RelaySession | undefined
  let active = false
  let oldestMs = 0
  let trimAtMs = 0
  outbox.onCommit(() => active && alarm.ring())
  link.onUp(() => {
    alarm.ring()
    retry.ring()
  })
  metrics.gauge('fastpath_relay_active', 'One of all instances relays their events', () => Number(active), {
    service: name,
  })
  metrics.gauge('fastpath_relay_lag_seconds', 'The age of the oldest event that was not sent', () => ageS(oldestMs), {
    service: name,
  })

  /** Sends all there is; false where the broker does not take it now. */
  const sweep = async (on: RelaySession): Promise<boolean> => {
    for (;;) {
      if (!link.connected) return false
      try {
        await publisher.prepare((stream) => resendAll(on, stream))
      } catch (error) {
        warn({ err: error })
        return false
      }
      const events = await on.unsent(batchRows)
      oldestMs = events[0]?.createdAtMs ?? 0
      const { sent, to, failure } = await publisher.publish(events)
      if (sent.length > 0) await on.markSent(to, sent)
      if (failure) {
        warn({ err: failure })
        return false
      }
      if (events.length < batchRows) return true
    }
  }

  const resendAll = async (on: RelaySession, stream: { createdAt: string; lastSeq: number }) => {
    let events = 0
    for (let some = await on.resend(stream, trimRows); some > 0; some = await on.resend(stream, trimRows))
      events += some
    if (events > 0) log.warn({ events, stream }, 'the stream was lost: what it had of the last day is sent again')
  }

  const trim = async (on: RelaySession) => {
    if (performance.now() < trimAtMs) return
    const trimmed = await on.trim(trimRows)
    if (trimmed < trimRows) trimAtMs = performance.now() + trimEveryMs
  }

  /** As long as the connection to PostgreSQL lives. */
  const work = async (on: RelaySession, isLost: () => boolean) => {
    while (!closed && !isLost() && !active) {
      active = await on.lock()
      if (!active) await alarm.wait(takeoverMs)
    }
    let backoffMs = firstBackoffMs
    while (!closed && !isLost()) {
      if (await sweep(on)) {
        backoffMs = firstBackoffMs
        await trim(on)
        await alarm.wait(sweepMs)
      } else {
        await retry.wait(backoffMs)
        backoffMs = Math.min(backoffMs * 2, longestBackoffMs)
      }
    }
  }

  const run = async () => {
    while (!closed) {
      let lost = false
      const onLost = () => {
        lost = true
        active = false
        alarm.ring()
        retry.ring()
      }
      session = openSession({ url: databaseUrl, name, onLost })
      try {
        await work(session, () => lost)
      } catch (error) {
        if (!closed) warn({ err: error })
      }
      if (!closed) {
        active = false
        await session.close().catch(() => {})
        await alarm.wait(takeoverMs)
      }
    }
    // What the last calls have committed while the service stopped.
    if (session && active) await within(lastSweepMs, sweep(session)).catch(() => {})
    active = false
    await session?.close().catch(() => {})
  }

  const running = run()
  return {
    get active() {
      return active
    },
    async close() {
      closed = true
      alarm.ring()
      retry.ring()
      await running
    },
  }
}

const ageS = (sinceMs: number): number => (sinceMs === 0 ? 0 : Math.max(0, (Date.now() - sinceMs) / 1000))
