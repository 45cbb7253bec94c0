import type { Static, TSchema } from 'typebox'
import { compileLayout, type Layout } from './layout/compile.js'

/** Something that has happened in one service, told to whoever wants to know. */
export interface Event<D = unknown> {
  readonly subject: string
  readonly data: Layout<D>
}

/** Declares an event; `subject` is `events.SERVICE.WHAT`. Throws at start when a schema holds what a layout can't carry. */
export const event = <D extends TSchema>(options: {
  readonly subject: `events.${string}`
  readonly data: D
}): Event<Static<D>> => ({
  subject: options.subject,
  data: compileLayout<Static<D>>(options.data),
})
