import type { Log } from '@fastpath/timing'
import type { Msg, NatsConnection, Subscription } from 'nats'
import { within } from './within.js'

export interface SubscriptionOptions {
  readonly subject: string
  /** Of the members of a queue group, each message goes to one. */
  readonly queue?: string
  readonly onMessage: (message: Msg) => void
}

export interface KeptSubscriptionDeps {
  readonly log: Log
  /** Told when the broker does not let this user listen there. */
  readonly onRefused: (subject: string) => void
}

/** A subscription that is made anew on every connection. */
export interface KeptSubscription {
  open(connection: NatsConnection): void
  /** Takes in what the broker has already sent here, and nothing after that. */
  drain(): Promise<void>
}

const drainMs = 1_000

export const keepSubscription = (
  { log, onRefused }: KeptSubscriptionDeps,
  { subject, queue, onMessage }: SubscriptionOptions,
): KeptSubscription => {
  let subscription: Subscription | undefined

  const callback = (refused: Error | null, message: Msg) => {
    if (refused) {
      log.error({ subject, err: refused }, 'the broker refuses a subscription')
      onRefused(subject)
      return
    }
    // What is thrown here would end the client library's reader, and with it the whole connection.
    try {
      onMessage(message)
    } catch (error) {
      log.error({ subject, err: error }, 'a message could not be taken in')
    }
  }

  return {
    open(connection) {
      subscription = connection.subscribe(subject, queue === undefined ? { callback } : { queue, callback })
    },
    async drain() {
      // Without a connection there is nothing to take in.
      if (subscription) await within(drainMs, subscription.drain()).catch(() => {})
    },
  }
}
