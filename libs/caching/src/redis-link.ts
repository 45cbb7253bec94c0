import type { Log } from '@fastpath/timing'
import { Redis } from 'ioredis'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.js'
import { redisScripts } from './redis-scripts.js'

export type Arg = string | Buffer | number

/** The client with our scripts, which answer in Buffers. */
export type ScriptedRedis = Redis & Record<`${keyof typeof redisScripts}Buffer`, (...args: Arg[]) => Promise<unknown>>

export interface RedisLink {
  /** False while Redis is away, slow, or not told all: nothing is asked of it then. */
  readonly usable: boolean
  /** The outcome, or `undefined` where Redis has failed or not answered in time; never rejects. */
  run<T>(command: (redis: ScriptedRedis) => Promise<T>): Promise<T | undefined>
  /** Not usable until `mend` has been through. */
  suspend(): void
  close(): void
}

export interface RedisLinkOptions {
  readonly url: string
  /** Milliseconds after which an operation goes on without Redis. */
  readonly timeoutMs: number
  readonly log: Log
  /** Brings Redis up to date before it is used (again); with a longer time-out, since nobody waits for it. */
  readonly mend: (run: RedisLink['run']) => Promise<boolean>
}

const mendTimeoutMs = 1_000
/** A peer that has vanished without a word is given up. */
const silentMs = 3_000

/** One connection, and the promise that nobody waits for it longer than `timeoutMs`. */
export const openRedisLink = ({ url, timeoutMs, log, mend }: RedisLinkOptions): RedisLink => {
  const redis = new Redis(url, {
    scripts: redisScripts,
    connectTimeout: 1_000,
    socketTimeout: silentMs,
    // Nothing is left to be said when we close.
    disconnectTimeout: 100,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 100 + Math.random() * 20,
  }) as ScriptedRedis
  // Told by the breaker's changes; without a listener the client writes to the console.
  let lastError: unknown
  redis.on('error', (error) => {
    lastError = error
  })

  const attempt = <T>(command: (redis: ScriptedRedis) => Promise<T>, withinMs: number): Promise<T | undefined> =>
    new Promise((resolve) => {
      const settle = (outcome: T | undefined) => {
        clearTimeout(timer)
        resolve(outcome)
      }
      const fail = (error: unknown) => {
        lastError = error
        settle(undefined)
      }
      // One more turn of the event loop: where it was this process that was late, the answer is there to be read.
      const timer = setTimeout(() => setImmediate(fail, new Error(`no answer within ${withinMs} ms`)), withinMs)
      command(redis).then(settle, fail)
    })

  const breaker: CircuitBreaker = createCircuitBreaker({
    mend: async () => redis.status === 'ready' && mend((command) => attempt(command, mendTimeoutMs)),
    onChange: (closed) => {
      if (closed) log.info({}, 'the cache uses Redis')
      else log.warn({ err: lastError }, 'the cache goes on without Redis')
    },
  })
  redis.on('ready', breaker.tryToMend)
  redis.on('close', breaker.open)

  return {
    get usable() {
      return breaker.closed
    },
    async run(command) {
      if (!breaker.closed) return undefined
      const outcome = await attempt(command, timeoutMs)
      if (outcome === undefined) breaker.failed()
      else breaker.succeeded()
      return outcome
    },
    suspend() {
      breaker.open()
      breaker.tryToMend()
    },
    close() {
      breaker.stop()
      redis.disconnect()
    },
  }
}
