import { randomBytes } from 'node:crypto'
import { decode, encode, type Layout } from '@fastpath/contracts'
import type { Log } from '@fastpath/timing'
import type { Entry } from './entry.js'
import type { Arg } from './redis-link.js'
import type { Position, RedisStore } from './redis-store.js'

export interface RedisTierOptions<K> {
  readonly store: RedisStore
  readonly name: string
  /** The tag of a key's own: its name in Redis too. */
  readonly ownTag: (key: K) => string
  readonly leaseMs: number
  readonly log: Log
}

export interface RedisRead<V> {
  readonly entry: Entry<V> | undefined
  /** `none`: the entry will do; `ours`: we are to load it; `theirs`: another process is at it. */
  readonly load: 'none' | 'ours' | 'theirs'
}

export interface RedisTier<K, V> {
  /** All keys with one round trip. With `fresh`, an entry past its soft TTL won't do. */
  read(keys: readonly K[], fresh: boolean, since: number): Promise<RedisReads<V> | undefined>
  /** Keeps the entries unless they were invalidated since `position`, and gives the leases of all keys back. */
  write(keys: readonly K[], entries: readonly (Entry<V> | undefined)[], position: Position): Promise<void>
}

export interface RedisReads<V> {
  /** When whatever is loaded from now on has begun. */
  readonly position: Position
  readonly reads: readonly RedisRead<V>[]
}

const loads = ['none', 'ours', 'theirs'] as const

/** What processes share: values in MessagePack by their layout, and leases, so that only one of them loads. */
export const createRedisTier = <K, V>(
  layout: Layout<V>,
  { store, name, ownTag, leaseMs, log }: RedisTierOptions<K>,
): RedisTier<K, V> => {
  const token = randomBytes(9).toString('base64')
  // Versions whose layouts differ by more than optional fields don't see each other's entries.
  const nameOf = (key: K) => `${layout.fingerprint.toString(36)}:${ownTag(key)}`

  const readEntry = (value: Buffer, tags: Buffer, leftMs: number, since: number): Entry<V> | undefined => {
    try {
      const [ageMs, lifeMs, unfreshMs, errorTtlMs, wire] = decode(value) as [number, number, number, number, unknown?]
      const nowMs = performance.now()
      const endMs = nowMs + leftMs
      return {
        value: wire === undefined ? undefined : layout.fromWire(wire),
        bornMs: nowMs - (ageMs + lifeMs - leftMs),
        softMs: endMs - unfreshMs,
        hardMs: endMs - errorTtlMs,
        endMs,
        tags: decode(tags) as string[],
        since,
        checked: since,
        failed: undefined,
      }
    } catch (error) {
      log.warn({ cache: name, err: error }, 'an entry in Redis is not readable')
      return undefined
    }
  }

  /** Times as what is left of them, since clocks of machines differ. */
  const argsOf = ({ value, bornMs, softMs, hardMs, endMs, tags }: Entry<V>): Arg[] => {
    const nowMs = performance.now()
    const [lifeMs, unfreshMs, errorTtlMs] = [endMs - nowMs, endMs - softMs, endMs - hardMs].map(Math.round) as [
      number,
      number,
      number,
    ]
    const times = [Math.round(nowMs - bornMs), lifeMs, unfreshMs, errorTtlMs]
    const wire = value === undefined ? times : [...times, layout.toWire(value)]
    return [Buffer.from(encode([...tags])), Buffer.from(encode(wire)), Math.max(1, lifeMs), unfreshMs, errorTtlMs]
  }

  return {
    async read(keys, fresh, since) {
      const args = [token, leaseMs, fresh ? 'fresh' : 'any', ...keys.map(ownTag)]
      const found = await store.read(keys.map(nameOf), args)
      if (!found) return undefined
      const reads = keys.map((_, i): RedisRead<V> => {
        const [value, tags, leftMs, load] = found.reply.slice(4 * i, 4 * i + 4) as [Buffer, Buffer, number, 0 | 1 | 2]
        const entry = value === null ? undefined : readEntry(value, tags, leftMs, since)
        return { entry, load: load === 0 && !entry ? 'ours' : loads[load] }
      })
      return { position: found.position, reads }
    },
    async write(keys, entries, { epoch, seq }) {
      try {
        const each = entries.flatMap((entry) => (entry ? argsOf(entry) : ['', '', 0, 0, 0]))
        await store.write(keys.map(nameOf), [token, epoch, seq, ...each])
      } catch (error) {
        log.error({ cache: name, err: error }, 'a value is not of the layout of its cache: it is not kept in Redis')
      }
    },
  }
}
