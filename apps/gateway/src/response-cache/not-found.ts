import { type CachePolicy, toServiceError } from '@fastpath/contracts'
import { errorText } from '../send.js'

/** Short, and any change of anything ends it: it is under no tag. */
const missing: CachePolicy = { softTtlMs: 1_000, hardTtlMs: 1_000, staleIfErrorMs: 0 }

/** That there is nothing is an answer too, and is kept. */
export const notFound = (thrown: unknown) => {
  const error = toServiceError(thrown)
  if (error.code !== 'NOT_FOUND') throw error
  return { status: 404, text: errorText(error), policy: missing }
}
