import type { Static, TObject } from 'typebox'
import { compileLayout, type Layout } from './layout/compile.js'

export interface EventOptions<D extends TObject> {
  /** `events.SERVICE.WHAT`: the NATS subject, and the name in metrics and dead letters. */
  readonly subject: `events.${string}`
  /** What the events of one thing have in common: `article`, and the fields that tell one from the other. */
  readonly aggregate: readonly [name: string, ...keys: (keyof Static<D> & string)[]]
  /**
   * Ids, and what can't be asked for later. A `version` among them is the aggregate's after the event; an aggregate that
   * does not count its changes is numbered by its events.
   */
  readonly data: D
  /** What may be cached and is no longer true once it has happened. */
  readonly tags?: (data: Static<D>) => readonly string[]
}

/** Something that has happened in one service, told to whoever wants to know. */
export interface Event<D = unknown> {
  readonly subject: string
  /** Such as `article:7`: order is kept among the events of one aggregate. */
  aggregateOf(data: D): string
  readonly data: Layout<D>
  /** What may be cached and is no longer true: its service says so before it replies, and who has missed that reads it here. */
  tagsOf(data: D): readonly string[]
}

/** Declares an event. Throws at start when a schema holds what a layout can't carry. */
export const event = <D extends TObject>(options: EventOptions<D>): Event<Static<D>> => {
  const { subject, aggregate, data, tags = () => [] } = options
  const [name, ...keys] = aggregate
  return {
    subject,
    aggregateOf: (value) => [name, ...keys.map((key) => (value as Record<string, unknown>)[key])].join(':'),
    data: compileLayout<Static<D>>(data),
    tagsOf: tags,
  }
}

export type DataOf<E> = E extends Event<infer D> ? D : never
