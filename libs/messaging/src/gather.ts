import { randomUUID } from 'node:crypto'
import { decode, encode, ServiceError } from '@fastpath/contracts'
import type { Log } from '@fastpath/timing'
import { createInbox } from 'nats'
import { gatherInboxes } from './inboxes.js'
import { forbidden, type Link, type Listening } from './link.js'
import { logRarely } from './log-rarely.js'
import { isNoResponder } from './multiplexer.js'

export interface GatherOptions {
  /** Milliseconds after which whoever has not answered is missing; default 250. */
  readonly timeoutMs?: number
  /** Milliseconds without anything new after which nobody else is waited for; default 50. */
  readonly quietMs?: number
}

export interface Gathered {
  readonly replies: readonly GatheredReply[]
  /** Names of those who answered the last time, or began to answer, and have not this time. */
  readonly missing: readonly string[]
}

export interface GatheredReply {
  /** The process's name on the bus; instances of a service have the same. */
  readonly name: string
  /** What its `give` gave, in arrays, strings, numbers, booleans and null; what is in them is the asker's to check. */
  readonly items: readonly unknown[]
}

/** Questions to every process, unlike calls, which go to one instance of a service. */
export interface Gathering {
  /** Answers such questions: every process that does is heard. An answer larger than one message is sent in several. */
  answerAll(subject: string, give: () => readonly unknown[]): Listening
  /**
   * Asks all. Ends when all who answered the last time have answered and nothing new comes any more, at the latest (and
   * the first time) after `timeoutMs`; at once where nobody listens. Rejects with `UNAVAILABLE` without a connection, with
   * `FORBIDDEN` where the broker does not let this user ask.
   */
  gather(subject: string, options?: GatherOptions): Promise<Gathered>
}

export interface GatheringDeps {
  readonly link: Link
  readonly prefix: string
  readonly name: string
  readonly log: Log
}

const version = 1
/** Of all replies to one question; what comes beyond is left out. */
const maxGatheredBytes = 64 * 1024 * 1024

export const createGathering = ({ link, prefix, name, log }: GatheringDeps): Gathering => {
  const id = randomUUID()
  const unreadable = logRarely(log, 'a reply to a question to all can’t be read: of another version, or none at all')
  /** By subject, who answered the last time: the broker does not tell how many there are. */
  const answeredLast = new Map<string, ReadonlyMap<string, string>>()

  /** `[version, id, name, items]`, in as many messages as the broker's limit takes. */
  const frames = (items: readonly unknown[]): Uint8Array[] => {
    const frame = encode([version, id, name, items])
    if (frame.length <= link.maxBytes) return [frame]
    if (items.length === 1) {
      log.error({ bytes: frame.length, maxBytes: link.maxBytes }, 'a part of an answer is larger than the broker takes')
      return []
    }
    const half = Math.ceil(items.length / 2)
    return [...frames(items.slice(0, half)), ...frames(items.slice(half))]
  }

  /** The questions that are out, by what ends them where the broker does not take them. */
  const asking = new Map<() => void, string>()
  link.onRefused((subject) => {
    for (const [refuse, asked] of asking) if (asked === subject) refuse()
  })

  return {
    answerAll: (subject, give) =>
      link.subscribe({
        subject: prefix + subject,
        onMessage: ({ reply }) => {
          if (!reply || !link.connected) return
          const parts = frames(give())
          for (const part of parts) link.publish(reply, part)
          // Closes the answer: how many parts it has.
          link.publish(reply, encode([version, id, name, parts.length]))
        },
      }),

    async gather(subject, { timeoutMs = 250, quietMs = 50 } = {}) {
      if (!link.connected) throw new ServiceError('UNAVAILABLE', 'no connection to the broker')
      const expected = answeredLast.get(subject) ?? new Map<string, string>()
      const heard = new Map<string, Heard>()
      const isHeard = (of: string) => heard.get(of)?.complete === true
      const inbox = createInbox(gatherInboxes(link.inboxPrefix))
      let bytes = 0

      await new Promise<void>((resolve, reject) => {
        let quiet: NodeJS.Timeout | undefined
        const end = (error?: ServiceError) => {
          clearTimeout(quiet)
          clearTimeout(late)
          asking.delete(refuse)
          void listening.drain()
          if (error) reject(error)
          else resolve()
        }
        const refuse = () => end(forbidden(`${subject}: the broker does not let this user ask all for it`))
        asking.set(refuse, prefix + subject)
        const late = setTimeout(end, timeoutMs)
        const listening = link.subscribe({
          subject: inbox,
          onMessage: (message) => {
            if (isNoResponder(message)) return end()
            bytes += message.data.length
            try {
              if (bytes > maxGatheredBytes) throw new Error(`more than ${maxGatheredBytes} bytes of replies`)
              take(heard, decode(message.data))
            } catch (error) {
              unreadable({ subject, err: error })
              return
            }
            clearTimeout(quiet)
            // Who is known is waited for, however quiet it is: a process may be busy, not gone. The first time nobody is.
            const all = [...expected.keys(), ...heard.keys()]
            if (expected.size > 0 && all.every(isHeard)) quiet = setTimeout(end, quietMs)
          },
        })
        link.publish(prefix + subject, encode([version]), inbox)
      })

      const names = new Map([...expected, ...[...heard].map(([of, { name }]) => [of, name] as const)])
      const here = [...names].filter(([of]) => isHeard(of))
      // Who is missing is not waited for again: whoever is only busy makes itself known by its next answer.
      answeredLast.set(subject, new Map(here))
      return {
        replies: [...heard.values()].filter(({ complete }) => complete),
        missing: [...names].flatMap(([of, name]) => (isHeard(of) ? [] : [name])).sort(),
      }
    },
  }
}

interface Heard extends GatheredReply {
  readonly items: unknown[]
  parts: number
  complete: boolean
}

/** Throws for what is neither a part of an answer nor its close. */
const take = (heard: Map<string, Heard>, frame: unknown): void => {
  if (!Array.isArray(frame) || frame[0] !== version) throw new Error('not a reply')
  const [, id, name, content] = frame
  if (typeof id !== 'string' || typeof name !== 'string') throw new Error('a reply without its sender')
  const one = heard.get(id) ?? { name, items: [], parts: 0, complete: false }
  if (Array.isArray(content)) {
    for (const item of content) one.items.push(item)
    one.parts++
  } else if (typeof content === 'number') {
    one.complete = one.parts === content
  } else {
    throw new Error('a reply without its content')
  }
  heard.set(id, one)
}
