import { headers, type JetStreamClient, type NatsConnection } from 'nats'
import type { Link } from '../link.js'
import { eventHeaders } from './headers.js'
import type { SentEvent, UnsentEvent } from './relay-session.js'
import { type EventNames, ensureEvents } from './streams.js'

export interface Published {
  readonly sent: readonly SentEvent[]
  /** The making of the stream that has them. */
  readonly to: string
  /** Why the others were not sent. */
  readonly failure?: unknown
}

export interface EventPublisher {
  /**
   * Makes sure of the stream, once a connection, once a minute and after every failure; `onStream` then compares it with
   * what was sent.
   */
  prepare(onStream: (stream: { createdAt: string; lastSeq: number }) => Promise<void>): Promise<void>
  /** Events of different aggregates at once, those of one aggregate one after the other. Does not reject. */
  publish(events: readonly UnsentEvent[]): Promise<Published>
}

/** For the broker's word that an event is on its disk. */
const ackMs = 2_000
/** Somebody may make the stream anew behind our back, with nothing in it. */
const recheckMs = 60_000

export const createEventPublisher = ({
  link,
  names,
  replicas,
}: {
  link: Link
  names: EventNames
  replicas: number | undefined
}): EventPublisher => {
  let prepared: { on: NatsConnection; jetstream: JetStreamClient; createdAt: string; atMs: number } | undefined

  const send = async (jetstream: JetStreamClient, event: UnsentEvent): Promise<SentEvent> => {
    const head = headers()
    head.set(eventHeaders.id, event.eventId)
    head.set(eventHeaders.aggregate, event.aggregate)
    head.set(eventHeaders.version, event.version)
    head.set(eventHeaders.happenedAt, String(Math.round(event.createdAtMs)))
    head.set(eventHeaders.traceparent, event.traceparent)
    const options = { msgID: event.eventId, headers: head, timeout: ackMs }
    const { seq } = await jetstream.publish(names.subjectOf(event.subject), event.data, options)
    return { id: event.id, seq }
  }

  return {
    async prepare(onStream) {
      const on = link.connection
      if (!on) throw new Error('no connection to the broker')
      if (prepared?.on === on && performance.now() - prepared.atMs < recheckMs) return
      const manager = await on.jetstreamManager({ checkAPI: false, timeout: ackMs })
      await ensureEvents(manager, names, replicas)
      const { created, state } = await manager.streams.info(names.events)
      await onStream({ createdAt: created, lastSeq: state.last_seq })
      prepared = { on, jetstream: on.jetstream({ timeout: ackMs }), createdAt: created, atMs: performance.now() }
    },
    async publish(events) {
      const sent: SentEvent[] = []
      if (!prepared) return { sent, to: '', failure: new Error('no stream') }
      const { jetstream, createdAt: to } = prepared
      for (const wave of waves(events)) {
        const outcomes = await Promise.allSettled(wave.map((event) => send(jetstream, event)))
        for (const outcome of outcomes) if (outcome.status === 'fulfilled') sent.push(outcome.value)
        const failed = outcomes.find(({ status }) => status === 'rejected')
        if (!failed) continue
        // It may be gone or made anew: it is looked at again before the next try.
        prepared = undefined
        return { sent, to, failure: (failed as PromiseRejectedResult).reason }
      }
      return { sent, to }
    },
  }
}

/** In each at most one event of an aggregate: one that follows a failed one would otherwise overtake it. */
const waves = (events: readonly UnsentEvent[]): UnsentEvent[][] => {
  const nextWaveOf = new Map<string, number>()
  const found: UnsentEvent[][] = []
  for (const event of events) {
    const index = nextWaveOf.get(event.aggregate) ?? 0
    nextWaveOf.set(event.aggregate, index + 1)
    const wave = found[index] ?? []
    wave.push(event)
    found[index] = wave
  }
  return found
}
