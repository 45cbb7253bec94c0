import type { JsonFragment } from '@fastpath/contracts'
import type { Metrics } from '@fastpath/timing'
import { LRUCache } from 'lru-cache'

/** Of what a text was made: with any other of them it is another text. */
export interface Versions {
  readonly article: number
  readonly authorId: number
  readonly author: number
}

export interface KeptFragments {
  /** The text of an article, if it is kept and of these versions. */
  get(articleId: number, versions: Versions): JsonFragment | undefined
  set(articleId: number, versions: Versions, fragment: JsonFragment): void
}

export interface KeptFragmentsOptions {
  /** Of all that is kept; the texts that were used least recently make room for newer ones. */
  readonly maxBytes: number
  readonly metrics: Metrics
}

/**
 * One text an article, of the versions that were asked for last: a newer one takes the place of the older at once. (A
 * number as the key is found several times faster than a text that is put together of ids and versions.)
 */
export const createKeptFragments = ({ maxBytes, metrics }: KeptFragmentsOptions): KeptFragments => {
  const labels = { cache: 'fragments' }
  const hits = metrics.counter('fastpath_cache_hits_total', 'Fresh values that were found', {
    ...labels,
    tier: 'memory',
  })
  const misses = metrics.counter('fastpath_cache_misses_total', 'Values that were not found', labels)
  const evicted = metrics.counter('fastpath_cache_evictions_total', 'Entries that made room for newer ones', labels)
  const kept = new LRUCache<number, Kept>({
    maxSize: maxBytes,
    dispose: (_kept, _id, reason) => {
      if (reason === 'evict') evicted.add()
    },
  })
  metrics.gauge('fastpath_cache_bytes', 'Memory that entries take, about', () => kept.calculatedSize, labels)

  return {
    get(articleId, { article, authorId, author }) {
      const found = kept.get(articleId)
      if (found?.article === article && found.authorId === authorId && found.author === author) {
        hits.add()
        return found.fragment
      }
      misses.add()
    },
    set(articleId, { article, authorId, author }, fragment) {
      kept.set(articleId, { article, authorId, author, fragment }, { size: sizeOf(fragment) })
    },
  }
}

interface Kept extends Versions {
  readonly fragment: JsonFragment
}

/** Its record, its place in the LRU, its array. */
const entryBytes = 280
/** The head of a string, and what of the text it was cut out of belongs to no piece. */
const pieceBytes = 48

/** Two bytes a character, which is the most that they take: the bound must hold for every language. */
const sizeOf = (fragment: JsonFragment): number =>
  fragment.reduce((bytes, piece) => bytes + pieceBytes + 2 * piece.length, entryBytes)
