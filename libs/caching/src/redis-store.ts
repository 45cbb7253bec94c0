import { randomBytes } from 'node:crypto'
import type { Log } from '@fastpath/timing'
import { createRedisDebts } from './redis-debts.js'
import { type Arg, openRedisLink, type RedisLink } from './redis-link.js'

/** A moment on the log of invalidations in Redis. */
export interface Position {
  readonly epoch: string
  readonly seq: string
}

export interface RedisStore {
  readonly usable: boolean
  /** The script's reply behind its position; `undefined` without Redis. */
  read(names: readonly string[], args: readonly Arg[]): Promise<{ position: Position; reply: unknown[] } | undefined>
  write(names: readonly string[], args: readonly Arg[]): Promise<void>
  /** `undefined`: could not be told; Redis is not used until it was. */
  invalidate(tags: readonly string[]): Promise<Position | undefined>
  /** Redis is to be told of them before it is used again. */
  owe(tags: readonly string[]): void
  close(): void
}

export interface RedisOptions {
  /** `redis://[user:password@]host:6379`. */
  readonly url: string
  /** Before every key; default `fastpath:`. Processes with the same one share their entries. */
  readonly prefix?: string
  /** Milliseconds that an operation waits for Redis at most; default 5. */
  readonly timeoutMs?: number
}

/** Members of the log in Redis, some 10 MB. */
const maxLogged = 100_000

/**
 * Redis as all caches of a process share it. What could not be invalidated there is owed, and Redis is not read again
 * before it was paid. So is everything, where Redis turns out to be older than it was: restored from a snapshot.
 */
export const openRedisStore = ({ url, prefix = 'fastpath:', timeoutMs = 5 }: RedisOptions, log: Log): RedisStore => {
  const logKey = `${prefix}log`
  const debts = createRedisDebts()
  let latest: Position = { epoch: '', seq: '0' }

  /** The position that a script replies first, or `undefined` where it is before one that was seen. */
  const positionOf = (reply: unknown): Position | undefined => {
    const [epoch, seq] = (reply as Buffer[]).map(String) as [string, string]
    const wentBack = epoch === latest.epoch && Number(seq) < Number(latest.seq)
    latest = { epoch, seq }
    if (!wentBack) return latest
    debts.addEverything()
    link.suspend()
    return undefined
  }

  const tell = (run: RedisLink['run'], tags: readonly string[]) =>
    run((redis) => redis.invalidateTagsBuffer(logKey, newEpoch(), maxLogged, ...tags))

  const mend = async (run: RedisLink['run']): Promise<boolean> => {
    do {
      if (debts.everything) {
        debts.takeEverything()
        if ((await run((redis) => redis.del(logKey))) === undefined) {
          debts.addEverything()
          return false
        }
      }
      const tags = debts.take()
      const reply = await tell(run, tags)
      if (reply === undefined) {
        debts.add(tags)
        return false
      }
      positionOf(reply)
    } while (debts.everything || debts.size > 0)
    return true
  }

  const link = openRedisLink({ url, timeoutMs, log, mend })
  const owe = (tags: readonly string[]) => {
    debts.add(tags)
    link.suspend()
  }
  const keysOf = (names: readonly string[]) => names.flatMap((name) => [`${prefix}${name}`, `${prefix}${name}:lease`])

  return {
    get usable() {
      return link.usable
    },
    async read(names, args) {
      const keys = keysOf(names)
      const reply = (await link.run((redis) =>
        redis.readEntriesBuffer(1 + keys.length, logKey, ...keys, newEpoch(), ...args),
      )) as unknown[] | undefined
      // Suspended meanwhile: what it says may be what another process could not invalidate.
      if (!reply || !link.usable) return undefined
      const position = positionOf(reply.slice(0, 2))
      return position && { position, reply: reply.slice(2) }
    },
    async write(names, args) {
      const keys = keysOf(names)
      await link.run((redis) => redis.writeEntriesBuffer(1 + keys.length, logKey, ...keys, newEpoch(), ...args))
    },
    async invalidate(tags) {
      const reply = await tell(link.run, tags)
      const position = reply === undefined ? undefined : positionOf(reply)
      if (!position) owe(tags)
      return position
    },
    owe,
    close: () => link.close(),
  }
}

/** Beyond every number of an invalidation, and exact as a double. */
const newEpoch = (): number => 2 ** 52 + randomBytes(6).readUIntBE(0, 6)
