import { describeRequired } from './description.js'
import type { Shape } from './schema-shape.js'

/**
 * Unsigned 32 bits (FNV-1a) over what both sides of a message must agree on. Optional fields at the end of any record
 * don't count, so that a version which appends some can talk to one without.
 */
export const fingerprintOf = (shape: Shape): number => {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(describeRequired(shape).join('\n'))) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
