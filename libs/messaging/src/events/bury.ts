import { headers, type Msg } from 'nats'
import type { Link } from '../link.js'
import { eventHeaders } from './headers.js'
import type { Letter } from './letter.js'
import type { EventNames } from './streams.js'

export interface BuryOptions {
  readonly consumer: string
  /** The event's subject, without the prefix. */
  readonly subject: string
  readonly history: readonly string[]
}

const ackMs = 5_000

/** Puts a letter that failed for good among the dead ones, as it came and with what went wrong. Rejects when it could not. */
export const bury = async (
  { link, names }: { link: Link; names: EventNames },
  { message, letter }: { message: Msg; letter: Letter },
  { consumer, subject, history }: BuryOptions,
): Promise<void> => {
  if (!link.connection) throw new Error('no connection to the broker')
  const head = headers()
  for (const key of message.headers?.keys() ?? []) head.set(key, message.headers?.get(key) ?? '')
  head.set(eventHeaders.consumer, consumer)
  head.set(eventHeaders.subject, subject)
  head.set(eventHeaders.history, JSON.stringify(history))
  head.set(eventHeaders.diedAt, String(Date.now()))
  // The same when it is done twice since the first time was not heard of; another for each time that it dies.
  const msgID = `${consumer}.${letter.eventId}.${letter.seq}`
  await link.connection
    .jetstream({ timeout: ackMs })
    .publish(names.deadSubjectOf(consumer, subject), message.data, { msgID, headers: head, timeout: ackMs })
}
