import { ServiceError } from '@fastpath/contracts'
import type { NatsConnection, Status } from 'nats'
import { createDialler, type DialOptions } from './dial.js'
import { type KeptSubscription, keepSubscription, type SubscriptionOptions } from './kept-subscription.js'
import { logRarely } from './log-rarely.js'
import { within } from './within.js'

/** The one connection to the broker, as long as the process lives: it comes back by itself, and so do its subscriptions. */
export interface Link {
  readonly connected: boolean
  /** For JetStream, whose objects live no longer than their connection. */
  readonly connection: NatsConnection | undefined
  /** What the broker takes in one message. */
  readonly maxBytes: number
  /** Before every subject for replies to this process. */
  readonly inboxPrefix: string
  /** For a connected link only: what is published without one would vanish. */
  publish(subject: string, data: Uint8Array, reply?: string): void
  subscribe(options: SubscriptionOptions): Listening
  /** Told in the moment in which the connection is lost. */
  onDown(listener: () => void): void
  /** Told when a connection that was lost is back, and its subscriptions with it. */
  onUp(listener: () => void): void
  /** Told of a subject that the broker does not let this user publish to, a moment after it was. */
  onRefused(listener: (subject: string) => void): void
  /**
   * Resolves when the broker has taken everything published so far. Rejects without a connection, or after a second; with
   * `FORBIDDEN` where it has not taken every subscription.
   */
  roundTrip(): Promise<void>
  close(): Promise<void>
}

export interface Listening {
  /** Takes in what the broker has already sent here, and nothing after that. */
  drain(): Promise<void>
}

const roundTripMs = 1_000
const defaultMaxBytes = 1024 * 1024
/** Past which the client library writes at once. */
const fullBytes = 32 * 1024

/**
 * Opens the connection, waiting for the broker as long as it takes. Throws for a URL that can't be one and for refused
 * credentials.
 *
 * The client library's own reconnect is off. Measured with 2.29.3 and a broker that is stopped, not closed: under load
 * it notices, but then waits for its last write before it lets go, until the kernel gives up (15 minutes); idle, it
 * redials over sockets that it never closes. So a silent connection is abandoned here, and another one is dialled.
 */
export const openLink = async (options: DialOptions): Promise<Link> => {
  const { log } = options
  const warnOfRefusal = logRarely(log, 'the broker does not let this user publish to a subject: see its permissions')
  const dialler = createDialler(options)
  const subscriptions = new Set<KeptSubscription>()
  const downListeners: (() => void)[] = []
  const upListeners: (() => void)[] = []
  const refusedListeners: ((subject: string) => void)[] = []
  /** Where this user would listen and may not, as the broker of the moment says. */
  let unheard = new Set<string>()
  let current: NatsConnection | undefined
  let closed = false
  let outgoingBytes = 0
  let outgoing: [subject: string, data: Uint8Array, reply: string | undefined][] = []

  // All that one turn of the event loop has to say goes out in one write, and comes in with one read; but what fills the
  // client library's own buffer goes at once, so that others work on the first pages while the next are written.
  const flush = () => {
    const messages = outgoing
    outgoing = []
    outgoingBytes = 0
    // Closed a moment ago, and `onDown` follows.
    if (!current || current.isClosed()) return
    for (const [subject, data, reply] of messages) {
      current.publish(subject, data, reply === undefined ? undefined : { reply })
    }
  }

  const use = (connection: NatsConnection) => {
    current = connection
    unheard = new Set()
    for (const subscription of subscriptions) subscription.open(connection)
    log.info({ broker: connection.getServer() }, 'connected to the broker')
    for (const listener of upListeners) listener()
    void untilLost(connection, refused)
      .catch(ignore)
      .then(() => lost(connection))
  }

  const refused = ({ operation, subject }: Refusal) => {
    if (operation !== 'publish') return
    warnOfRefusal({ subject })
    for (const listener of refusedListeners) listener(subject)
  }

  const lost = async (connection: NatsConnection) => {
    if (closed) return
    current = undefined
    log.warn({ broker: connection.getServer() }, 'lost the broker')
    for (const listener of downListeners) listener()
    connection.close().catch(ignore)
    const next = await dialler.dial(false)
    if (closed) await next?.close()
    else if (next) use(next)
  }

  const roundTrip = async () => {
    if (!current) throw new Error('no connection to the broker')
    flush()
    await within(roundTripMs, current.flush())
    const [subject] = unheard
    if (subject !== undefined) throw forbidden(`the broker does not let this user listen to ${subject}`)
  }

  const kept = { log, onRefused: (subject: string) => void unheard.add(subject) }
  use((await dialler.dial(true)) as NatsConnection)

  return {
    get connected() {
      return current !== undefined
    },
    get connection() {
      return current
    },
    get maxBytes() {
      return current?.info?.max_payload ?? defaultMaxBytes
    },
    inboxPrefix: dialler.inboxPrefix,
    publish(subject, data, reply) {
      outgoingBytes += data.length
      if (outgoing.push([subject, data, reply]) === 1) setImmediate(flush)
      else if (outgoingBytes >= fullBytes) flush()
    },
    subscribe(subscribing) {
      const subscription = keepSubscription(kept, subscribing)
      subscriptions.add(subscription)
      if (current) subscription.open(current)
      return {
        async drain() {
          if (subscriptions.delete(subscription)) await subscription.drain()
        },
      }
    },
    onDown: (listener) => void downListeners.push(listener),
    onUp: (listener) => void upListeners.push(listener),
    onRefused: (listener) => void refusedListeners.push(listener),
    roundTrip,
    async close() {
      if (closed) return
      await roundTrip().catch(ignore)
      closed = true
      dialler.stop()
      const connection = current
      current = undefined
      if (connection) await within(roundTripMs, connection.close()).catch(ignore)
    },
  }
}

type Refusal = NonNullable<Status['permissionContext']>

/** A wrong permission, or a wrong user: nothing that whoever asks from outside could mend, or should know. */
export const forbidden = (why: string): ServiceError => new ServiceError('FORBIDDEN', why, { internal: true })

/** Resolves as soon as the connection is of no more use: closed, or silent. */
const untilLost = (connection: NatsConnection, onRefused: (refusal: Refusal) => void): Promise<unknown> => {
  const ended = async () => {
    for await (const { type, permissionContext } of connection.status()) {
      if (permissionContext) onRefused(permissionContext)
      if (type === 'disconnect' || type === 'staleConnection') return
    }
  }
  return Promise.race([ended(), connection.closed()])
}

const ignore = () => {}
