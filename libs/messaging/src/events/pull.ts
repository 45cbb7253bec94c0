import { type ConsumerConfig, createInbox, type Msg, nanos } from 'nats'
import type { Link } from '../link.js'

export interface PullOptions {
  readonly stream: string
  readonly durable: string
  /** How many more may come. */
  readonly room: () => number
  /** Makes sure of stream and consumer; asked for again on every connection, and when they have gone. */
  readonly prepare: () => Promise<void>
  readonly onMessage: (message: Msg) => void
}

/** Asks JetStream for as many messages as there is room for, on whatever connection there is. */
export interface Pull {
  /** There may be room again. */
  ask(): void
  /** Asks no more, and takes in what is on its way. */
  stop(): Promise<void>
}

/** How long a request stands; then it is made again. */
const expiresMs = 5_000
/** For the broker's word that it has expired. */
const graceMs = 2_000
/** The net: a request or an answer that was lost. */
const lookMs = 1_000
const prepareAgainMs = 250

export const createPull = (link: Link, options: PullOptions): Pull => {
  const { stream, durable, room, prepare, onMessage } = options
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`
  const inbox = createInbox(link.inboxPrefix)
  /** Open requests by the last part of their reply subject; the broker fills the oldest first. */
  const open = new Map<string, { left: number; untilMs: number }>()
  let count = 0
  let stopped = false
  let preparedOn: unknown
  let preparing = false

  const expected = () => {
    let sum = 0
    for (const [id, { left, untilMs }] of open) {
      if (untilMs < performance.now()) open.delete(id)
      else sum += left
    }
    return sum
  }

  const ask = () => {
    if (stopped || !link.connected) return
    if (preparedOn !== link.connection) {
      void prepareOn(link.connection)
      return
    }
    const coming = expected()
    const wanted = room() - coming
    // Not for every place that gets free, but for half of them at a time.
    if (wanted <= 0 || wanted < coming) return
    const id = String(count++)
    open.set(id, { left: wanted, untilMs: performance.now() + expiresMs + graceMs })
    const request = JSON.stringify({ batch: wanted, expires: nanos(expiresMs) })
    link.publish(subject, Buffer.from(request), `${inbox}.${id}`)
  }

  const prepareOn = async (connection: unknown) => {
    if (preparing) return
    preparing = true
    open.clear()
    try {
      await prepare()
      preparedOn = connection
    } catch {
      await new Promise((resolve) => setTimeout(resolve, prepareAgainMs))
    } finally {
      preparing = false
    }
    ask()
  }

  const listening = link.subscribe({
    subject: `${inbox}.*`,
    onMessage: (message) => {
      const code = message.headers?.code ?? 0
      if (code === 0 || message.reply) {
        const [oldest] = open
        if (oldest && --oldest[1].left === 0) open.delete(oldest[0])
        onMessage(message)
        return
      }
      open.delete(message.subject.slice(inbox.length + 1))
      // Nobody listens there, or it was deleted: stream or consumer have gone.
      if (code === 503 || (code === 409 && /deleted/i.test(message.headers?.description ?? ''))) preparedOn = undefined
      ask()
    },
  })
  link.onUp(ask)
  const looking = setInterval(ask, lookMs)
  ask()

  return {
    ask,
    async stop() {
      stopped = true
      clearInterval(looking)
      await listening.drain()
    },
  }
}

/** A durable consumer of one subject; tries are counted and delayed by us, since the broker's own list was measured not to do what it says. */
export const durableConfig = (durable: string, subject: string, ackWaitMs: number): Partial<ConsumerConfig> =>
  ({
    durable_name: durable,
    filter_subject: subject,
    ack_policy: 'explicit',
    deliver_policy: 'all',
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
  }) as Partial<ConsumerConfig>
