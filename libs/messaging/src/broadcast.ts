import { randomUUID } from 'node:crypto'
import { decode, encode } from '@fastpath/contracts'
import { type Log, Slots } from '@fastpath/timing'
import { createInbox } from 'nats'
import { heardInboxes } from './inboxes.js'
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
   * Tells all, and resolves when each that is known has heard: whoever learns of it from then on can't be ahead of them.
   * Known is who has said so of an earlier word on this topic; of a first one only the broker's own having it is waited
   * for. Who says nothing for 100 ms is no longer known. Never rejects; without a connection nobody hears it, and each of
   * them will know of a gap.
   */
  broadcast(topic: string, value: unknown): Promise<void>
  hear(topic: string, hearing: Hearing): Listening
}

export const createBroadcasting = (deps: {
  readonly link: Link
  readonly prefix: string
  readonly log: Log
}): Broadcasting => {
  const { link, prefix, log } = deps
  const unreadable = logRarely(log, 'what was told to all can’t be read: of another version, or nothing at all')
  const inbox = `${createInbox(heardInboxes(link.inboxPrefix))}.`
  const knownByTopic = new Map<string, Set<string>>()
  const tellings = new Slots<Telling>()
  let listening: Listening | undefined

  const hasHeard = (subject: string, data: Uint8Array) => {
    const [topic, number] = subject.slice(inbox.length).split(subjectEnd) as [string, string?]
    const listener = Buffer.from(data).toString()
    knownOf(topic).add(listener)
    const telling = tellings.get(Number(number))
    if (telling?.awaited.delete(listener) && telling.awaited.size === 0) telling.end()
  }
  const knownOf = (topic: string): Set<string> => {
    const known = knownByTopic.get(topic) ?? new Set()
    knownByTopic.set(topic, known)
    return known
  }

  return {
    async broadcast(topic, value) {
      if (!link.connected) return
      listening ??= link.subscribe({ subject: `${inbox}>`, onMessage: ({ subject, data }) => hasHeard(subject, data) })
      const known = knownOf(topic)
      const awaited = new Set(known)
      const tell = (number: number) =>
        link.publish(prefix + topic, encode(value), `${inbox}${topic}${subjectEnd}${number}`)
      if (awaited.size === 0) {
        tell(0)
        return link.roundTrip().catch(() => {})
      }
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(late)
          tellings.delete(number)
          for (const silent of awaited) known.delete(silent)
          resolve()
        }
        const late = setTimeout(end, maxWaitMs)
        const number = tellings.add({ awaited, end })
        tell(number)
      })
    },
    hear(topic, { onTold, onGap }) {
      const listener = Buffer.from(randomUUID())
      link.onUp(onGap)
      return link.subscribe({
        subject: prefix + topic,
        onMessage: ({ data, reply }) => {
          let value: unknown
          try {
            value = decode(data)
          } catch (error) {
            unreadable({ topic, err: error })
            return
          }
          onTold(value)
          if (reply && link.connected) link.publish(reply, listener)
        },
      })
    },
  }
}

const maxWaitMs = 100
/** Between a topic and the number of a word, at the end of where it is to be said that it was heard. */
const subjectEnd = '.#'

/** A word that was told, with those who have not said yet that they have heard it. */
interface Telling {
  readonly awaited: Set<string>
  readonly end: () => void
}
