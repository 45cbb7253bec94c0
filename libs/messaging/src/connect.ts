import { type Contract, type Event, ServiceError } from '@fastpath/contracts'
import { createMetrics, type Log, type Metrics, snapshotToWire, takeSnapshots, watchLoopDelay } from '@fastpath/timing'
import { type Broadcasting, createBroadcasting } from './broadcast.js'
import { type Client, createClient } from './client.js'
import { type Consumer, consumeEvent } from './events/consume.js'
import type { ConsumeOptions } from './events/consume-options.js'
import { type Follower, type FollowOptions, followEvents } from './events/follow.js'
import type { Outbox } from './events/outbox.js'
import { type Relay, type RelayOptions, startRelay } from './events/relay.js'
import { eventNames } from './events/streams.js'
import { createGathering, type Gathering } from './gather.js'
import { openLink } from './link.js'
import { createMultiplexer } from './multiplexer.js'
import { type Handlers, type ServeOptions, type Service, serveContract } from './serve.js'

export interface BusOptions {
  /** `nats://host:port`, or several with commas between. */
  readonly url: string
  /** Shown by the broker's monitoring and in metrics: the name of the process. */
  readonly name: string
  /** Put before every subject, such as `test7.`: a namespace of one's own on a shared broker. */
  readonly prefix?: string
  /** Copies of each stream of events in a cluster of brokers. Who doesn't tell makes them with 1, and leaves as they are those that others have made. */
  readonly eventReplicas?: number
  readonly log?: Log
  readonly metrics?: Metrics
  /** Whether the sixth call of one operation for one request notes its file and line; default true. It costs some hundred microseconds. */
  readonly callSites?: boolean
}

/** What every process with a bus answers: `takeSnapshots` of its metrics, written by `snapshotToWire`. */
export const latencySubject = 'fastpath.latency'

/** The process's one connection to all others. */
export interface Bus extends Broadcasting, Gathering {
  /**
   * The operations of a contract as functions.
   *
   * @example const { articles } = await bus.client(feedContract).listArticles(call, { limit: 20, offset: 0 })
   */
  client<C extends Contract>(contract: C): Client<C>
  /** Answers the operations of a contract. Instances that serve the same one share the load. */
  serve<C extends Contract>(contract: C, handlers: Handlers<C>, options?: ServeOptions): Service
  /**
   * Brings the committed events of an outbox to the broker: now, or when it is back. Of all instances of a service one
   * does it, and another takes over when that one has gone. It stops with the bus.
   */
  relay(outbox: Outbox, options: RelayOptions): Relay
  /**
   * Handles every event of a kind, each until it is done or a dead letter; what happens while nobody is there is kept for a
   * week. It drains with the bus.
   *
   * @example bus.consume(userRegistered, { name: 'mailer', inbox, handle: async (call, { userId }) => welcome(call, userId) })
   */
  consume<D>(event: Event<D>, options: ConsumeOptions<D>): Consumer
  /**
   * Tells this process of every event of these kinds from now on, each instance of all; nothing is kept for one that has
   * ended. For what it knows in memory alone: what must be done is consumed. It stops with the bus.
   */
  follow(events: readonly Event[], options: FollowOptions): Follower
  readonly connected: boolean
  /**
   * For the end of a start: rejects with `FORBIDDEN` where the broker does not let this user listen to what it serves. A
   * broker that is away is no refusal.
   */
  check(): Promise<void>
  /** A round trip to the broker, for health checks: rejects with `UNAVAILABLE` after a second, or at once when it is known to be away; else as `check`. */
  ping(): Promise<void>
  /** Ends without a loss: drains everything served, relays the last events, lets the own calls end, closes the connection. */
  close(): Promise<void>
}

/**
 * Connects to the broker, and waits for it (with a line in the log) where the process starts first. Throws for a URL
 * that is none and for refused credentials. Later losses are mended by itself.
 */
export const connect = async (options: BusOptions): Promise<Bus> => {
  const { url, name, prefix = '', eventReplicas, log = silent, metrics = createMetrics(), callSites = true } = options
  const link = await openLink({ url, name, log })
  const multiplexer = createMultiplexer(link)
  const loopDelay = watchLoopDelay()
  const services: Service[] = []
  const relays: Relay[] = []
  const consumers: Consumer[] = []
  const followers: Follower[] = []
  const events = { link, names: eventNames(prefix), replicas: eventReplicas, name, log, metrics }
  const gathering = createGathering({ link, prefix, name, log })

  metrics.gauge('fastpath_calls_in_flight', 'Calls that wait for a reply', () => multiplexer.pending, {
    connection: name,
  })
  metrics.gauge('fastpath_handles_in_flight', 'Requests at work', () => sum(services), { connection: name })

  const latency = gathering.answerAll(latencySubject, () => takeSnapshots(metrics).map(snapshotToWire))

  const close = async () => {
    await Promise.all([latency.drain(), ...followers.map((follower) => follower.close())])
    await Promise.all([...services.map((service) => service.drain()), ...consumers.map((consumer) => consumer.close())])
    await Promise.all(relays.map((relay) => relay.close()))
    await multiplexer.drain()
    await link.close()
    loopDelay.stop()
  }

  let closed: Promise<void> | undefined
  return {
    ...gathering,
    ...createBroadcasting({ link, prefix, log }),
    client: (contract) => createClient({ multiplexer, prefix, metrics, callSites }, contract),
    serve(contract, handlers, serveOptions) {
      const service = serveContract({ link, loopDelay, prefix, log, metrics }, contract, { handlers, ...serveOptions })
      services.push(service)
      return service
    },
    relay(outbox, relayOptions) {
      const relay = startRelay(events, outbox, relayOptions)
      relays.push(relay)
      return relay
    },
    consume(event, consumeOptions) {
      const consumer = consumeEvent(events, event, consumeOptions)
      consumers.push(consumer)
      return consumer
    },
    follow(followed, followOptions) {
      const follower = followEvents(events, followed, followOptions)
      followers.push(follower)
      return follower
    },
    get connected() {
      return link.connected
    },
    async check() {
      await link.roundTrip().catch((error) => {
        if (error instanceof ServiceError) throw error
      })
    },
    async ping() {
      await link.roundTrip().catch((cause) => {
        if (cause instanceof ServiceError) throw cause
        throw new ServiceError('UNAVAILABLE', 'the broker does not answer', { cause })
      })
    },
    close: () => (closed ??= close()),
  }
}

const sum = (services: readonly Service[]): number => services.reduce((all, { inFlight }) => all + inFlight, 0)

const nothing = () => {}
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
