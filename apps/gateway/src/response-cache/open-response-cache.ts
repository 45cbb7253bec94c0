import type { Caches } from '@fastpath/caching'
import { createResponseCache, type ResponseCache, type ResponseCacheOptions } from './response-cache.js'

interface Options extends Omit<ResponseCacheOptions, 'maxBytes' | 'hears'> {
  /** 0: nothing is kept. */
  readonly responseCacheBytes: number
  readonly caches: Pick<Caches, 'onInvalidated' | 'hears'>
}

/** The response cache by its settings, told of whatever the process's other caches are told of. */
export const openResponseCache = ({ responseCacheBytes, caches, ...options }: Options): ResponseCache | undefined => {
  if (responseCacheBytes === 0) return undefined
  const responses = createResponseCache({ ...options, maxBytes: responseCacheBytes, hears: () => caches.hears })
  caches.onInvalidated((tags) => (tags === 'everything' ? responses.invalidateAll() : responses.invalidate(tags)))
  return responses
}
