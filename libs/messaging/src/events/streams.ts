import {
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats'

/** What stands in subjects and names: one place, so that whoever has another prefix meets nobody. */
export interface EventNames {
  readonly events: string
  readonly deadLetters: string
  subjectOf(event: string): string
  /** Where the dead letters of a consumer go. */
  deadSubjectOf(consumer: string, event: string): string
  /** Of one event at one consumer. */
  durableOf(consumer: string, event: string): string
}

export const eventNames = (prefix: string): EventNames => ({
  events: nameOf(`${prefix}events`),
  deadLetters: nameOf(`${prefix}dead-letters`),
  subjectOf: (event) => prefix + event,
  deadSubjectOf: (consumer, event) => `${prefix}dead.${consumer}.${event}`,
  durableOf: (consumer, event) => nameOf(`${consumer}-${event.replace(/^events\./, '')}`),
})

/** Streams and consumers may not have a dot in their names. */
const nameOf = (text: string): string => text.replace(/[^\w-]/g, '-')

const dayMs = 86_400_000

interface Declared extends Partial<StreamConfig> {
  readonly name: string
}

/** Both streams, as they shall be. Only what nats-server 2.9 knows. */
const declare = (
  names: EventNames,
  replicas: number | undefined,
): readonly [events: Declared, deadLetters: Declared] => {
  const kept = {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    // Left out, an update keeps what is: of all who use the streams only some are told.
    ...(replicas !== undefined && { num_replicas: replicas }),
    duplicate_window: nanos(2 * 60_000),
  }
  return [
    // A week for a consumer that is away; the outboxes send again what is younger than a day.
    { ...kept, name: names.events, subjects: [names.subjectOf('events.>')], max_age: nanos(7 * dayMs) },
    // Until somebody retries or drops them.
    { ...kept, name: names.deadLetters, subjects: [names.subjectOf('dead.>')] },
  ]
}

/** Makes both streams, or brings them up to date; any number of processes may do so at once. */
export const ensureStreams = async (
  manager: JetStreamManager,
  names: EventNames,
  replicas: number | undefined,
): Promise<void> => {
  for (const declared of declare(names, replicas)) await ensure(manager, declared)
}

/** The same for the events alone: who only relays has no business with dead letters. */
export const ensureEvents = (
  manager: JetStreamManager,
  names: EventNames,
  replicas: number | undefined,
): Promise<void> => ensure(manager, declare(names, replicas)[0])

const ensure = async (manager: JetStreamManager, declared: Declared): Promise<void> => {
  try {
    await manager.streams.add(declared)
  } catch (error) {
    if (!isInUse(error)) throw error
    await manager.streams.update(declared.name, declared)
  }
}

/** JetStream's own code for a stream that is there with other settings. */
const isInUse = (error: unknown): boolean => error instanceof NatsError && error.api_error?.err_code === streamNameInUse
const streamNameInUse = 10_058
