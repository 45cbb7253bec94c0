import type { CachePolicy } from '@fastpath/contracts'
import { LRUCache } from 'lru-cache'
import type { Finished } from './finished.js'

/** An answer that is kept, and until when it may be sent. Ages are on the clock of `performance.now()`. */
export interface Entry {
  readonly finished: Finished
  readonly tags: ReadonlySet<string>
  loadedAtMs: number
  /** From here on it is sent while a fresh one is made. */
  softEndMs: number
  /** From here on it is sent only where no fresh one can be made: */
  hardEndMs: number
  /** and from here on not even then. */
  readonly endMs: number
  /** Nothing fresh is looked for before this time: the last attempt has failed just now. */
  retryAtMs: number
}

export const createEntry = (finished: Finished, tags: Entry['tags'], policy: CachePolicy): Entry => {
  const loadedAtMs = performance.now()
  // Up to a fifth earlier, so that what was loaded together is not loaded together for ever.
  const softEndMs = loadedAtMs + policy.softTtlMs * (1 - Math.random() / 5)
  const hardEndMs = loadedAtMs + policy.hardTtlMs
  return { finished, tags, loadedAtMs, softEndMs, hardEndMs, endMs: hardEndMs + policy.staleIfErrorMs, retryAtMs: 0 }
}

/**
 * For what was made of what services had said earlier, since they are away or late: the same bytes are as old as they were
 * before, and nothing of it is fresh.
 */
export const outdate = (entry: Entry, before: Entry | undefined, retryAtMs: number): void => {
  if (before?.finished === entry.finished) entry.loadedAtMs = before.loadedAtMs
  entry.softEndMs = 0
  entry.hardEndMs = 0
  entry.retryAtMs = retryAtMs
}

/** Keeps an eye on what is invalidated while a load is under way. */
export interface Watch {
  /** Whether what was loaded may be out of date already. */
  isVoid(tags: ReadonlySet<string>): boolean
  end(): void
}

/** Entries by key, bounded in bytes, the least lately used leaving first; and by tag. */
export const createEntries = (maxBytes: number, onEvict: () => void) => {
  const keysByTag = new Map<string, Set<string>>()
  const watches = new Set<Set<string>>()
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    // One answer is not worth all of the others.
    maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
    sizeCalculation: ({ finished, tags }, key) =>
      bytesOfEntry + finished.bytes + 2 * key.length + tags.size * bytesOfTag,
    dispose(entry, key, reason) {
      for (const tag of indexed(entry.tags)) {
        const keys = keysByTag.get(tag)
        keys?.delete(key)
        if (keys?.size === 0) keysByTag.delete(tag)
      }
      if (reason === 'evict') onEvict()
    },
  })

  const expire = (entry: Entry) => {
    const nowMs = performance.now()
    entry.softEndMs = Math.min(entry.softEndMs, nowMs)
    entry.hardEndMs = Math.min(entry.hardEndMs, nowMs)
    entry.retryAtMs = 0
  }

  return {
    get: (key: string): Entry | undefined => entries.get(key),
    set(key: string, entry: Entry): void {
      entries.set(key, entry)
      // Too large to be kept.
      if (!entries.has(key)) return
      for (const tag of indexed(entry.tags)) {
        const keys = keysByTag.get(tag) ?? new Set()
        keysByTag.set(tag, keys.add(key))
      }
    },
    delete: (key: string): boolean => entries.delete(key),
    /** What is kept under these tags is not sent again but where a service is away. */
    expire(tags: readonly string[]): void {
      for (const voided of watches) for (const tag of tags) voided.add(tag)
      for (const tag of [...tags, untagged]) {
        for (const key of keysByTag.get(tag) ?? []) {
          const entry = entries.peek(key)
          if (entry) expire(entry)
        }
      }
    },
    expireAll(): void {
      for (const voided of watches) voided.add(everything)
      for (const entry of entries.values()) expire(entry)
    },
    watch(): Watch {
      const voided = new Set<string>()
      watches.add(voided)
      return {
        isVoid: (tags) =>
          voided.has(everything) || (tags.size === 0 ? voided.size > 0 : [...tags].some((tag) => voided.has(tag))),
        end: () => watches.delete(voided),
      }
    },
    get bytes(): number {
      return entries.calculatedSize
    },
    get count(): number {
      return entries.size
    },
  }
}

const everything = '*'
/** What was not found has no tags: any change may have been its making. */
const untagged = ''
const indexed = (tags: ReadonlySet<string>): Iterable<string> => (tags.size === 0 ? [untagged] : tags)
/** Of the objects and of their places in the maps. */
const bytesOfEntry = 700
const bytesOfTag = 150
