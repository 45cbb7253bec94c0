import { type Contract, ServiceError } from '@fastpath/contracts'
import { createMetrics, type Log, type Metrics } from '@fastpath/timing'
import { type Client, createClient } from './client.js'
import { openLink } from './link.js'
import { watchLoopDelay } from './loop-delay.js'
import { createMultiplexer } from './multiplexer.js'
import { type Handlers, type ServeOptions, type Service, serveContract } from './serve.js'

export interface BusOptions {
  /** `nats://host:port`, or several with commas between. */
  readonly url: string
  /** Shown by the broker's monitoring and in metrics: the name of the process. */
  readonly name: string
  /** Put before every subject, such as `test7.`: a namespace of one's own on a shared broker. */
  readonly prefix?: string
  readonly log?: Log
  readonly metrics?: Metrics
}

/** The process's one connection to all others. */
export interface Bus {
  /**
   * The operations of a contract as functions.
   *
   * @example const { articles } = await bus.client(feedContract).listArticles(call, { limit: 20, offset: 0 })
   */
  client<C extends Contract>(contract: C): Client<C>
  /** Answers the operations of a contract. Instances that serve the same one share the load. */
  serve<C extends Contract>(contract: C, handlers: Handlers<C>, options?: ServeOptions): Service
  readonly connected: boolean
  /** A round trip to the broker, for health checks: rejects with `UNAVAILABLE` after a second, or at once when it is known to be away. */
  ping(): Promise<void>
  /** Ends without a loss: drains everything served, then the own calls in flight, then closes the connection. */
  close(): Promise<void>
}

/**
 * Connects to the broker, and waits for it (with a line in the log) where the process starts first. Throws for a URL
 * that is none and for refused credentials. Later losses are mended by itself.
 */
export const connect = async (options: BusOptions): Promise<Bus> => {
  const { url, name, prefix = '', log = silent, metrics = createMetrics() } = options
  const link = await openLink({ url, name, log })
  const multiplexer = createMultiplexer(link)
  const loopDelay = watchLoopDelay()
  const services: Service[] = []

  metrics.gauge('fastpath_calls_in_flight', 'Calls that wait for a reply', () => multiplexer.pending, {
    connection: name,
  })
  metrics.gauge('fastpath_handles_in_flight', 'Requests at work', () => sum(services), { connection: name })

  const close = async () => {
    await Promise.all(services.map((service) => service.drain()))
    await multiplexer.drain()
    await link.close()
    loopDelay.stop()
  }

  let closed: Promise<void> | undefined
  return {
    client: (contract) => createClient({ multiplexer, prefix, metrics }, contract),
    serve(contract, handlers, serveOptions) {
      const service = serveContract({ link, loopDelay, prefix, log, metrics }, contract, { handlers, ...serveOptions })
      services.push(service)
      return service
    },
    get connected() {
      return link.connected
    },
    async ping() {
      await link.roundTrip().catch((cause) => {
        throw new ServiceError('UNAVAILABLE', 'the broker does not answer', { cause })
      })
    },
    close: () => (closed ??= close()),
  }
}

const sum = (services: readonly Service[]): number => services.reduce((all, { inFlight }) => all + inFlight, 0)

const nothing = () => {}
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
