import { decode, encode } from '@fastpath/contracts'
import type { Log } from '@fastpath/timing'
import type { Link, Listening } from './link.js'
import { logRarely } from './log-rarely.js'

export interface Hearing {
  /** What was told, in arrays, strings, numbers, booleans and null; what is in it is the hearer's to check. */
  readonly onTold: (value: unknown) => void
  /** The connection was lost and is back: what was told meanwhile was missed. */
  readonly onGap: () => void
}

/** Words to every process that listens, the teller's own included. None is kept for those who are away. */
export interface Broadcasting {
  /**
   * Tells all. Goes out in order with the replies of this process: whoever hears of a reply, or asks for something
   * because of it, can't be ahead of what was told before it (on one broker, which keeps the order of a connection).
   * Without a connection nobody hears it, and each of them will know of a gap.
   */
  broadcast(topic: string, value: unknown): void
  hear(topic: string, hearing: Hearing): Listening
}

export const createBroadcasting = (deps: {
  readonly link: Link
  readonly prefix: string
  readonly log: Log
}): Broadcasting => {
  const { link, prefix, log } = deps
  const unreadable = logRarely(log, 'what was told to all can’t be read: of another version, or nothing at all')
  return {
    broadcast(topic, value) {
      if (link.connected) link.publish(prefix + topic, encode(value))
    },
    hear(topic, { onTold, onGap }) {
      link.onUp(onGap)
      return link.subscribe({
        subject: prefix + topic,
        onMessage: ({ data }) => {
          let value: unknown
          try {
            value = decode(data)
          } catch (error) {
            unreadable({ topic, err: error })
            return
          }
          onTold(value)
        },
      })
    },
  }
}
