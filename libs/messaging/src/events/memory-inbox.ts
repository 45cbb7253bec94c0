import type { Delivery, Inbox } from './inbox.js'

/** Failing events, and aggregates in order: of more than these the oldest are forgotten. */
const maxKept = 10_000
const maxHistory = 20

/**
 * For consumers without a database: counts the failures of this process, and remembers nothing that was handled. Fit for
 * effects that may come twice, such as dropping what a cache holds.
 */
export const createMemoryInbox = (): Inbox => {
  const histories = new Map<string, string[]>()
  const versions = new Map<string, number>()
  const keyOf = ({ eventId, consumer }: Delivery) => `${consumer} ${eventId}`
  const aggregateOf = ({ consumer, ordered }: Delivery) => `${consumer} ${ordered?.aggregate}`

  return {
    look: async (_call, delivery) => ({
      seen: false,
      version: (delivery.ordered && versions.get(aggregateOf(delivery))) ?? null,
      failures: histories.get(keyOf(delivery))?.length ?? 0,
    }),
    async mark(_call, delivery) {
      if (!delivery.ordered) return true
      keep(versions, aggregateOf(delivery), delivery.ordered.version)
      return true
    },
    async failed(_call, delivery, what) {
      const history = [...(histories.get(keyOf(delivery)) ?? []), what].slice(-maxHistory)
      keep(histories, keyOf(delivery), history)
      return history
    },
    async forgetFailures(_call, delivery) {
      histories.delete(keyOf(delivery))
    },
  }
}

/** A map in the order of the last change, the oldest dropped. */
const keep = <T>(map: Map<string, T>, key: string, value: T): void => {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > maxKept && oldest !== undefined) map.delete(oldest)
}
