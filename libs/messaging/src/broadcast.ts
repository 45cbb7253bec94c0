import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
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
   * Known is who has begun to listen since this process's first word on the topic, and who was there for it, for which
   * the first word takes 100 ms. Who says nothing for so long is no longer known, until it does. Never rejects; without a
   * connection nobody hears it, and each of them will know of a gap.
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
  const audiences = new Map<string, Audience>()
  const tellings = new Slots<Telling>()

  const hasHeard = (subject: string, data: Uint8Array) => {
    const [topic, number] = subject.slice(inbox.length).split(subjectEnd) as [string, string?]
    const listener = Buffer.from(data).toString()
    audiences.get(topic)?.known.add(listener)
    const telling = tellings.get(Number(number))
    if (telling?.awaited.delete(listener) && telling.awaited.size === 0) telling.end()
  }
  const audienceOf = (topic: string): Audience => {
    const before = audiences.get(topic)
    if (before) return before
    const known = new Set<string>()
    link.subscribe({ subject: `${inbox}${topic}.*`, onMessage: ({ subject, data }) => hasHeard(subject, data) })
    // In this order: whoever is not there yet when the first word comes is heard to begin.
    link.subscribe({
      subject: hearersSubject(prefix + topic),
      onMessage: ({ data }) => void known.add(Buffer.from(data).toString()),
    })
    const audience = { known, complete: sleep(maxWaitMs) }
    audiences.set(topic, audience)
    return audience
  }

  return {
    async broadcast(topic, value) {
      if (!link.connected) return
      const { known, complete } = audienceOf(topic)
      const awaited = new Set(known)
      const tell = (number: number) =>
        link.publish(prefix + topic, encode(value), `${inbox}${topic}${subjectEnd}${number}`)
      if (awaited.size === 0) {
        tell(0)
        await Promise.all([complete, link.roundTrip().catch(() => {})])
        return
      }
      const told = new Promise<void>((resolve) => {
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
      await Promise.all([complete, told])
    },
    hear(topic, { onTold, onGap }) {
      const listener = Buffer.from(randomUUID())
      const begin = () => {
        if (link.connected) link.publish(hearersSubject(prefix + topic), listener)
      }
      link.onUp(begin)
      link.onUp(onGap)
      const listening = link.subscribe({
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
      begin()
      return listening
    },
  }
}

/** Where it is said, by who listens to a topic from now on, that they do. */
export const hearersSubject = (topic: string): string => `${topic}.hearers`

const maxWaitMs = 100
/** Between a topic and the number of a word, at the end of where it is to be said that it was heard. */
const subjectEnd = '.#'

interface Audience {
  readonly known: Set<string>
  /** Resolves when all who were there for the first word can have said so. */
  readonly complete: Promise<unknown>
}

/** A word that was told, with those who have not said yet that they have heard it. */
interface Telling {
  readonly awaited: Set<string>
  readonly end: () => void
}
