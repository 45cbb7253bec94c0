import type { Log } from '@fastpath/timing'
import { connect, type NatsConnection, NatsError } from 'nats'
import { type Broker, parseBrokerUrl } from './broker-url.js'
import { logRarely } from './log-rarely.js'

export interface DialOptions {
  readonly url: string
  /** Of the connection, for the broker's monitoring. */
  readonly name: string
  readonly log: Log
}

export interface Dialler {
  /** Before every subject for replies to this connection's user. */
  readonly inboxPrefix: string
  /**
   * A new connection, tried for until there is one, with a line in the log now and then; `undefined` once stopped.
   * Where it is the `first`, refused credentials are thrown: later they may be a broker that is being set up anew.
   */
  dial(first: boolean): Promise<NatsConnection | undefined>
  stop(): void
}

const redialMs = 100
/** Keeps many processes from dialling in step. */
const redialJitterMs = 10
const dialMs = 5_000
/** A broker that says nothing is given up after three to four seconds. */
const heartbeat = { pingInterval: 1_000, maxPingOut: 3 }

const connectionOptions = (broker: Broker, name: string) =>
  ({ ...broker, ...heartbeat, name, reconnect: false, timeout: dialMs, noAsyncTraces: true }) as const

/** For a program that has one thing to do: rejects where the broker is away. */
export const dialOnce = ({ url, name }: Pick<DialOptions, 'url' | 'name'>): Promise<NatsConnection> =>
  connect(connectionOptions(parseBrokerUrl(url), name))

/** Throws for a URL that can't be one. */
export const createDialler = ({ url, name, log }: DialOptions): Dialler => {
  const broker: Broker = parseBrokerUrl(url)
  const options = connectionOptions(broker, name)
  const warn = logRarely(log, 'no connection to the broker, trying on')
  let stopped = false
  let wake = () => {}

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, redialMs + Math.random() * redialJitterMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  return {
    inboxPrefix: broker.inboxPrefix,
    async dial(first) {
      while (!stopped) {
        try {
          return await connect(options)
        } catch (error) {
          if (first && error instanceof NatsError && error.isAuthError()) throw error
          warn({ broker: broker.servers, err: error })
        }
        await pause()
      }
      return undefined
    },
    stop() {
      stopped = true
      wake()
    },
  }
}
