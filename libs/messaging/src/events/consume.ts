import { type Event, ServiceError } from '@fastpath/contracts'
import type { Queries } from '@fastpath/pooling'
import { Call, type Log, type Metrics, parseTraceparent, Trace } from '@fastpath/timing'
import type { Msg } from 'nats'
import { CallLog } from '../call-log.js'
import type { Link } from '../link.js'
import { logRarely } from '../log-rarely.js'
import { bury } from './bury.js'
import { type ConsumeOptions, checkOptions } from './consume-options.js'
import type { Delivery } from './inbox.js'
import { type Letter, readLetter } from './letter.js'
import { createMemoryInbox } from './memory-inbox.js'
import { createPull, durableConfig } from './pull.js'
import { createRest, type Span } from './rest.js'
import { type EventNames, ensureStreams } from './streams.js'
import { describeFailure, HandledBefore, isAway, Undeliverable } from './trouble.js'

export interface Consumer {
  readonly inFlight: number
  /** Takes no more, lets what is at work end, and gives back what waits for another try. */
  close(): Promise<void>
}

export interface ConsumeDeps {
  readonly link: Link
  readonly names: EventNames
  readonly replicas: number | undefined
  readonly log: Log
  readonly metrics: Metrics
}

/** Until the broker gives an event to another instance, should this one die; told every third of it that one is at work. */
const ackWaitMs = 30_000
const apiMs = 5_000
/** For what is at work at the end. */
const drainMs = 7_000
/** The inbox's own statements, apart from the time of the handler. */
const inboxMs = 10_000
/** An event that ends its process each time never fails: so often it is handed out for each try that it has. */
const deliveriesPerTry = 5

export const consumeEvent = <D>(deps: ConsumeDeps, event: Event<D>, options: ConsumeOptions<D>): Consumer => {
  const { link, names, replicas, log, metrics } = deps
  const { name, handle, inOrder = false, maxInFlight = 16, maxDeliveries = 8, timeoutMs = 30_000 } = options
  const { inbox = createMemoryInbox(), backoffMs = { first: 1_000, longest: 60_000 } } = options
  const { restMs = { first: 500, longest: 15_000 } } = options
  checkOptions(options)
  const { subject } = event
  const durable = names.durableOf(name, subject)
  const rest = createRest(restMs)
  const atWork = new Set<Msg>()
  const lines = new Map<string, Promise<void>>()
  const resting = logRarely(log, 'a consumer rests: the other side is away')
  const failing = logRarely(log, 'an event could not be handled, and is tried again')
  const unsettled = logRarely(log, 'what became of an event could not be kept, and is tried again')
  const unprepared = logRarely(log, 'events can’t be asked for now, trying on')
  const foreign = logRarely(log, 'a message that is no event is passed over')
  let closing: Promise<void> | undefined
  let idle: (() => void) | undefined

  const count = (outcome: Outcome | 'rested' | 'failed') =>
    metrics
      .counter('fastpath_events_total', 'What became of events that arrived', {
        consumer: name,
        event: subject,
        outcome,
      })
      .add()

  const prepare = async () => {
    if (!link.connection) throw new Error('no connection to the broker')
    const manager = await link.connection.jetstreamManager({ checkAPI: false, timeout: apiMs })
    await ensureStreams(manager, names, replicas)
    const config = durableConfig(durable, names.subjectOf(subject), ackWaitMs)
    await manager.consumers
      .add(names.events, config)
      .catch(() => manager.consumers.update(names.events, durable, config))
  }

  /** To the connection of the moment, which need not be the one that the event came by. */
  const tell = (message: Msg, word: string) => {
    if (link.connected && message.reply) link.publish(message.reply, Buffer.from(word))
  }
  const giveBack = (message: Msg, delayMs: number) =>
    tell(message, `-NAK ${JSON.stringify({ delay: Math.round(delayMs * 1_000_000) })}`)

  const receive = (message: Msg) => {
    const letter = readLetter(event, message)
    if (!uuid.test(letter.eventId)) {
      foreign({ consumer: name, event: subject, seq: letter.seq })
      tell(message, '+TERM')
      return
    }
    atWork.add(message)
    const before = lines.get(letter.aggregate)
    const work = inOrder && before ? before.then(() => settle(message, letter)) : settle(message, letter)
    const done = work.then(() => {
      atWork.delete(message)
      if (lines.get(letter.aggregate) === done) lines.delete(letter.aggregate)
      if (atWork.size === 0) idle?.()
      pull.ask()
    })
    if (inOrder) lines.set(letter.aggregate, done)
  }

  /** Until the event is done with, given back, or buried. Does not reject. */
  const settle = async (message: Msg, letter: Letter<D>): Promise<void> => {
    const { eventId, aggregate, version } = letter
    const ordered = inOrder ? { ordered: { aggregate, version } } : {}
    const delivery: Delivery = { eventId, consumer: name, ...ordered }
    const tried: Tried = { effect: false }
    for (;;) {
      await rest.over()
      if (closing) return giveBack(message, 0)
      try {
        const outcome = await attempt(letter, delivery, tried)
        rest.forget()
        count(outcome)
        return tell(message, '+ACK')
      } catch (error) {
        if (isAway(error)) {
          count('rested')
          resting({ consumer: name, event: subject, err: error })
          rest.begin()
          continue
        }
        return await fail(message, { letter, delivery, error })
      }
    }
  }

  const attempt = async (letter: Letter<D>, delivery: Delivery, tried: Tried): Promise<Outcome> => {
    if (letter.onlyFor !== '' && letter.onlyFor !== name) return 'not-for-us'
    const { seen, version, failures: failed } = await inbox.look(inboxCall(), delivery)
    if (seen) return 'seen'
    if (inOrder && version !== null && letter.version < version) return 'outdated'
    // A dead letter that is tried again has all of its tries.
    const anew = letter.onlyFor === name && letter.deliveries === 1
    if (anew && failed > 0) await inbox.forgetFailures(inboxCall(), delivery)
    const failures = anew ? 0 : failed
    if (failures >= maxDeliveries || letter.deliveries > maxDeliveries * deliveriesPerTry) {
      throw new Undeliverable(`handed out ${letter.deliveries} times`)
    }
    if (!tried.effect) {
      const { traceparent, eventId, aggregate, happenedAtMs } = letter
      const trace = new Trace(parseTraceparent(traceparent))
      const call = new Call({ timeoutMs, trace, log: new CallLog(log, trace) })
      let marked = false
      const mark = async (tx: Queries) => {
        if (!(await inbox.mark(call, delivery, tx))) throw new HandledBefore('handled before')
        marked = true
      }
      const about = { eventId, aggregate, version: letter.version, happenedAtMs, attempt: failures + 1, mark }
      try {
        await inTime(call, handle(call, letter.data(), about))
      } catch (error) {
        if (error instanceof HandledBefore) return 'seen'
        throw error
      }
      if (marked) return 'done'
      // From here on only the mark is tried again, not the effect.
      tried.effect = true
    }
    await inbox.mark(inboxCall(), delivery)
    if (failures > 0) await inbox.forgetFailures(inboxCall(), delivery)
    return 'done'
  }

  const fail = async (message: Msg, { letter, delivery, error }: Failed) => {
    try {
      const history = await inbox.failed(inboxCall(), delivery, describeFailure(error))
      if (history.length < maxDeliveries && !(error instanceof Undeliverable)) {
        count('failed')
        failing({ consumer: name, event: subject, eventId: letter.eventId, attempt: history.length, err: error })
        return giveBack(message, delayOf(backoffMs, history.length))
      }
      await bury({ link, names }, { message, letter }, { consumer: name, subject, history })
      await inbox.forgetFailures(inboxCall(), delivery)
      count('dead')
      log.error({ consumer: name, event: subject, eventId: letter.eventId, err: error }, 'an event is a dead letter')
      tell(message, '+ACK')
    } catch (trouble) {
      unsettled({ consumer: name, event: subject, eventId: letter.eventId, err: trouble })
      giveBack(message, delayOf(backoffMs, 1))
    }
  }

  const working = setInterval(() => {
    for (const message of atWork) tell(message, '+WPI')
  }, ackWaitMs / 3)

  const pull = createPull(link, {
    stream: names.events,
    durable,
    room: () => (rest.resting ? 0 : maxInFlight - atWork.size),
    prepare: () =>
      prepare().catch((error) => {
        unprepared({ consumer: name, event: subject, err: error })
        throw error
      }),
    onMessage: receive,
  })

  const drain = async () => {
    rest.end()
    await pull.stop()
    if (atWork.size > 0) await idleWithin(drainMs)
    clearInterval(working)
    for (const message of atWork) giveBack(message, 0)
    await link.roundTrip().catch(() => {})
  }

  const idleWithin = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  return {
    get inFlight() {
      return atWork.size
    },
    close() {
      // Set before anything is awaited: who wakes from a rest sees it.
      closing ??= Promise.resolve().then(drain)
      return closing
    },
  }
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

type Outcome = 'done' | 'seen' | 'outdated' | 'not-for-us' | 'dead'

interface Tried {
  /** Done, but not yet marked. */
  effect: boolean
}

interface Failed {
  readonly letter: Letter
  readonly delivery: Delivery
  readonly error: unknown
}

const inboxCall = () => new Call({ timeoutMs: inboxMs })

/** Waits no longer than the call has: what goes on behind it is not waited for, and `call.signal` tells it so. */
const inTime = async (call: Call, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      call.cancel()
      reject(new ServiceError('DEADLINE_EXCEEDED', 'the handler took too long'))
    }, call.remainingMs())
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Between a half and the whole of what doubles with each try: those that failed together come back apart. */
const delayOf = ({ first, longest }: Span, tries: number): number =>
  Math.min(longest, first * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)
