import type { Bus } from './connect.js'

/** What a process tells the others is no longer true; the same shape as in libs/caching, which knows nothing of a broker. */
interface Invalidation {
  readonly from: string
  readonly tags: readonly string[]
  readonly inRedis: boolean
  readonly changes: readonly string[]
}

type Told = Pick<Bus, 'broadcast' | 'hear' | 'ping' | 'connected'>

export const invalidationTopic = 'fastpath.invalidations'
const retryMs = 20

/**
 * The `transport` of `createCaches` (libs/caching), over a process's bus: heard by all before the reply, so that who asks
 * because of it never finds what was written before it as it was.
 *
 * Deaf from the loss of the connection until the broker has the subscription again, which a round trip proves. A process
 * that was cut off while it told something can't know whether it was heard: it says so, and all distrust what they have.
 */
export const invalidationTransport = (bus: Told) => {
  let hearing = false
  let hasTold = false

  return {
    get hears(): boolean {
      return hearing && bus.connected
    },
    publish({ from, tags, inRedis, changes }: Invalidation): Promise<void> {
      hasTold = true
      return bus.broadcast(invalidationTopic, [from, tags, inRedis, changes])
    },
    subscribe(listener: (invalidation: Invalidation) => void, onGap: () => void): () => void {
      let life = 0
      let closed = false
      const hearAgain = async () => {
        const mine = ++life
        hearing = false
        while (bus.connected && mine === life && !closed) {
          const isThere = await bus.ping().then(
            () => true,
            () => new Promise<false>((resolve) => setTimeout(resolve, retryMs, false)),
          )
          if (!isThere || mine !== life) continue
          onGap()
          hearing = true
          return
        }
      }
      const listening = bus.hear(invalidationTopic, {
        onTold: (value) => {
          if (isInvalidation(value)) listener({ from: value[0], tags: value[1], inRedis: value[2], changes: value[3] })
          // Somebody's words may be lost, or are of a version that this one can't read.
          else onGap()
        },
        onGap() {
          if (hasTold) void bus.broadcast(invalidationTopic, null)
          void hearAgain()
        },
      })
      void hearAgain()
      return () => {
        closed = true
        void listening.drain()
      }
    },
  }
}

const isInvalidation = (value: unknown): value is [string, tags: string[], inRedis: boolean, changes: string[]] =>
  Array.isArray(value) &&
  typeof value[0] === 'string' &&
  isStrings(value[1]) &&
  typeof value[2] === 'boolean' &&
  isStrings(value[3])

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
