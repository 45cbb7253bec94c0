import { LRUCache } from 'lru-cache'
import type { Entry } from './entry.js'
import { entryBytes, sizeOf } from './size-of.js'

export interface MemoryTier<K, V> {
  get(key: K): Entry<V> | undefined
  set(key: K, entry: Entry<V>): void
  delete(key: K): void
  clear(): void
  readonly bytes: number
}

export interface MemoryOptions {
  /** Of values, keys and tags together; the least recently used are dropped for newer ones. */
  readonly maxBytes: number
}

/** What this process keeps, bounded in bytes. An entry that is larger than the bound is not kept. */
export const createMemoryTier = <K extends string | number, V>(
  { maxBytes }: MemoryOptions,
  onEvict: () => void,
): MemoryTier<K, V> => {
  const lru = new LRUCache<K, Entry<V>>({
    maxSize: maxBytes,
    dispose: (_entry, _key, reason) => {
      if (reason === 'evict') onEvict()
    },
  })
  return {
    get: (key) => lru.get(key),
    set(key, entry) {
      lru.set(key, entry, { size: entryBytes + sizeOf(key) + sizeOf(entry.value) + sizeOf(entry.tags) })
    },
    delete(key) {
      lru.delete(key)
    },
    clear: () => lru.clear(),
    get bytes() {
      return lru.calculatedSize
    },
  }
}
