import { headers, type JetStreamManager, NatsError, type StoredMsg } from 'nats'
import { dialOnce } from '../dial.js'
import { eventHeaders } from './headers.js'
import { eventNames } from './streams.js'

/** An event that one consumer could not handle. */
export interface DeadLetter {
  /** Its place among the dead letters; never given again. */
  readonly id: number
  readonly consumer: string
  /** Of the event. */
  readonly subject: string
  readonly eventId: string
  readonly aggregate: string
  readonly version: number
  readonly happenedAt: Date
  readonly diedAt: Date
  /** What went wrong, try by try, the last one last. */
  readonly history: readonly string[]
  /** The event as it came: `[fingerprint, data]` in MessagePack. */
  readonly data: Uint8Array
}

export interface DeadLetters {
  /** The oldest first. */
  list(): AsyncIterable<DeadLetter>
  find(id: number): Promise<DeadLetter | undefined>
  /** Sends it to the consumer that failed, and to no other, under its old event id; then it is a dead letter no more. */
  retry(letter: DeadLetter): Promise<void>
  drop(id: number): Promise<void>
  close(): Promise<void>
}

export interface DeadLettersOptions {
  readonly url: string
  readonly prefix?: string
}

const apiMs = 5_000

/** Opens what the consumers of a broker could not handle. Rejects at once where there is no broker. */
export const openDeadLetters = async ({ url, prefix = '' }: DeadLettersOptions): Promise<DeadLetters> => {
  const connection = await dialOnce({ url, name: 'dead-letters' })
  const names = eventNames(prefix)
  const manager: JetStreamManager = await connection.jetstreamManager({ checkAPI: false, timeout: apiMs })
  const stream = names.deadLetters

  const read = async (query: { seq: number; next_by_subj?: string }): Promise<DeadLetter | undefined> => {
    try {
      return toLetter(await manager.streams.getMessage(stream, query))
    } catch (error) {
      if (isNone(error)) return undefined
      throw error
    }
  }

  return {
    async *list() {
      for (let seq = 1; ; ) {
        const letter = await read({ seq, next_by_subj: anySubject })
        if (!letter) return
        yield letter
        seq = letter.id + 1
      }
    },
    find: (id) => read({ seq: id }),
    async retry({ id, consumer, subject, eventId, aggregate, version, happenedAt, data }) {
      const head = headers()
      head.set(eventHeaders.id, eventId)
      head.set(eventHeaders.aggregate, aggregate)
      head.set(eventHeaders.version, String(version))
      head.set(eventHeaders.happenedAt, String(happenedAt.getTime()))
      head.set(eventHeaders.consumer, consumer)
      // Sent twice where the second step was not reached: the broker keeps one of them.
      const msgID = `${eventId}.retry.${id}`
      const options = { msgID, headers: head, timeout: apiMs }
      await connection.jetstream({ timeout: apiMs }).publish(names.subjectOf(subject), data, options)
      await manager.streams.deleteMessage(stream, id)
    },
    async drop(id) {
      await manager.streams.deleteMessage(stream, id)
    },
    close: () => connection.close(),
  }
}

/**
 * All that the stream has. By a narrower one a nats-server before 2.10.24 goes by what it remembers of each subject, and
 * no longer finds the middle one of three when the others are deleted (nats-io/nats-server#6226).
 */
const anySubject = '>'

const toLetter = ({ seq, header, data }: StoredMsg): DeadLetter => ({
  id: seq,
  consumer: header.get(eventHeaders.consumer),
  subject: header.get(eventHeaders.subject),
  eventId: header.get(eventHeaders.id),
  aggregate: header.get(eventHeaders.aggregate),
  version: Number(header.get(eventHeaders.version)),
  happenedAt: new Date(Number(header.get(eventHeaders.happenedAt))),
  diedAt: new Date(Number(header.get(eventHeaders.diedAt))),
  history: JSON.parse(header.get(eventHeaders.history) || '[]'),
  data,
})

/** No such letter; or no stream, since nothing has ever been consumed here. */
const isNone = (error: unknown): boolean => error instanceof NatsError && error.api_error?.code === 404
