import type { Event } from '@fastpath/contracts'
import type { Log } from '@fastpath/timing'
import { AckPolicy, createInbox, DeliverPolicy, type JetStreamManager, type Msg, NatsError, nanos } from 'nats'
import type { Link, Listening } from '../link.js'
import { logRarely } from '../log-rarely.js'
import { placeOf, readLetter } from './letter.js'
import type { EventNames } from './streams.js'

export interface FollowOptions {
  /** Told of each event once, in the order of the stream. */
  readonly onEvent: (event: Event, data: unknown, eventId: string) => void
  /** Some may have been missed, or can't be read: at the first time, since nobody knows what was before it, and where the stream has lost its place. */
  readonly onGap: () => void
}

export interface Follower {
  /** Whether nothing is missed from now on, while the connection lasts. */
  readonly following: boolean
  close(): Promise<void>
}

export interface FollowDeps {
  readonly link: Link
  readonly names: EventNames
  readonly log: Log
}

const apiMs = 5_000
const lookMs = 250
/** The broker says so often that it is there; after three times of silence the consumer is taken for lost. */
const heartbeatMs = 2_000

/**
 * Follows the stream of events from now on, as JetStream's ordered consumers do: nothing is acknowledged, the broker
 * forgets the consumer with the connection, and where one was lost, or a message on its way, another goes on behind the last
 * event that was seen. The stream is made by who publishes; one that is not there yet is followed from its beginning.
 */
export const followEvents = (
  { link, names, log }: FollowDeps,
  events: readonly Event[],
  { onEvent, onGap }: FollowOptions,
): Follower => {
  const bySubject = new Map(events.map((event) => [names.subjectOf(event.subject), event]))
  const troubled = logRarely(log, 'events can’t be followed now, trying on')
  /** Where the stream goes on for us, and which making of it that is. */
  let place: Place | undefined
  let current: Consumer | undefined
  let beginning = false
  let closed = false

  const isAlive = (): boolean =>
    current !== undefined && current.on === link.connection && performance.now() - current.heardMs < 3 * heartbeatMs

  const lose = () => {
    void current?.listening.drain()
    current = undefined
  }

  const receive = (consumer: Consumer, message: Msg) => {
    if (consumer !== current) return
    consumer.heardMs = performance.now()
    const { headers } = message
    if (headers?.code === 100) {
      const asks = message.reply || headers.get('Nats-Consumer-Stalled')
      // It sends no more before it is told that this was taken in.
      if (asks && link.connected) link.publish(asks, new Uint8Array())
      if (!message.reply && Number(headers.get('Nats-Last-Consumer')) !== consumer.seen) lose()
      return
    }
    const { seq, consumerSeq } = placeOf(message)
    if (consumerSeq !== consumer.seen + 1) return lose()
    consumer.seen = consumerSeq
    if (place) place.next = seq + 1
    const event = bySubject.get(message.subject)
    if (event) tell(event, message)
  }

  const tell = (event: Event, message: Msg) => {
    const { eventId, data } = readLetter(event, message)
    let read: unknown
    try {
      read = data()
    } catch (error) {
      troubled({ event: event.subject, eventId, err: error })
      return onGap()
    }
    onEvent(event, read, eventId)
  }

  const begin = async () => {
    const on = link.connection
    if (!on) return
    const manager = await on.jetstreamManager({ checkAPI: false, timeout: apiMs })
    const found = await streamOf(manager, names.events)
    if (closed) return
    // None has happened yet: its first will be the first that is missed.
    if (!found) {
      place = { madeAt: '', next: 1 }
      return
    }
    const { madeAt, firstSeq, lastSeq } = found
    const isOurs = place && (place.madeAt === madeAt || place.madeAt === '')
    const isGap = !place || !isOurs || place.next < firstSeq || place.next > lastSeq + 1
    const next = isGap ? lastSeq + 1 : (place as Place).next
    place = { madeAt, next }
    lose()
    const inbox = createInbox(link.inboxPrefix)
    const consumer: Consumer = {
      on,
      isMade: false,
      seen: 0,
      heardMs: performance.now(),
      listening: link.subscribe({ subject: inbox, onMessage: (message) => receive(consumer, message) }),
    }
    current = consumer
    try {
      await manager.consumers.add(names.events, {
        deliver_subject: inbox,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: next,
        ack_policy: AckPolicy.None,
        max_deliver: 1,
        mem_storage: true,
        flow_control: true,
        idle_heartbeat: nanos(heartbeatMs),
      })
    } catch (error) {
      if (current === consumer) lose()
      throw error
    }
    if (isGap) onGap()
    consumer.isMade = true
  }

  const look = async () => {
    if (beginning || closed || !link.connected || isAlive()) return
    beginning = true
    await begin().catch((error) => troubled({ err: error }))
    beginning = false
  }
  link.onUp(() => void look())
  const looking = setInterval(() => void look(), lookMs)
  void look()

  return {
    get following() {
      return (isAlive() && current?.isMade === true) || (link.connected && place?.madeAt === '')
    },
    async close() {
      closed = true
      clearInterval(looking)
      await current?.listening.drain()
    },
  }
}

interface Place {
  /** Empty while there is no stream. */
  readonly madeAt: string
  next: number
}

/** One life of it, on one connection. */
interface Consumer {
  readonly on: unknown
  readonly listening: Listening
  /** The broker knows of it, and what came before it has been told as a gap. */
  isMade: boolean
  /** What it has sent and we have got. */
  seen: number
  heardMs: number
}

const streamOf = async (manager: JetStreamManager, name: string) => {
  try {
    const { created, state } = await manager.streams.info(name)
    return { madeAt: created, firstSeq: state.first_seq, lastSeq: state.last_seq }
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === streamNotFound) return undefined
    throw error
  }
}
const streamNotFound = 10_059
