import { decode, type Event, ServiceError } from '@fastpath/contracts'
import type { Msg } from 'nats'
import { eventHeaders } from './headers.js'

/** One delivery of an event. */
export interface Letter<D = unknown> {
  readonly eventId: string
  readonly aggregate: string
  readonly version: number
  readonly happenedAtMs: number
  readonly traceparent: string
  /** The only consumer that it is for; empty for all. */
  readonly onlyFor: string
  /** Where it lies in the stream: one event may be there twice, sent again or tried again. */
  readonly seq: number
  /** How often it was handed out, this time included, whatever became of it. */
  readonly deliveries: number
  /** @throws ServiceError `CONTRACT_MISMATCH` for what can't be read. */
  data(): D
}

export const readLetter = <D>(event: Event<D>, message: Msg): Letter<D> => {
  const text = (name: string) => message.headers?.get(name) ?? ''
  return {
    eventId: text(eventHeaders.id),
    aggregate: text(eventHeaders.aggregate),
    version: Number(text(eventHeaders.version)),
    happenedAtMs: Number(text(eventHeaders.happenedAt)),
    traceparent: text(eventHeaders.traceparent),
    onlyFor: text(eventHeaders.consumer),
    ...placeOf(message),
    data() {
      try {
        const [fingerprint, wire] = decode(message.data) as [unknown, unknown]
        if (fingerprint !== event.data.fingerprint) throw new Error('other required fields')
        return event.data.fromWire(wire)
      } catch (cause) {
        throw new ServiceError('CONTRACT_MISMATCH', `${event.subject}: the event can't be read`, { cause })
      }
    },
  }
}

/** Where it lies in the stream, and among all that its consumer was sent. From the reply subject: `$JS.ACK.[DOMAIN.ACCOUNT.]STREAM.CONSUMER.DELIVERIES.SEQ.CONSUMER_SEQ.…`, of 9 parts or of 11 and more. */
export const placeOf = ({ reply = '' }: Msg): { deliveries: number; seq: number; consumerSeq: number } => {
  const parts = reply.split('.')
  const first = parts.length > 9 ? 6 : 4
  return { deliveries: Number(parts[first]), seq: Number(parts[first + 1]), consumerSeq: Number(parts[first + 2]) }
}
