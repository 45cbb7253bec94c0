import { createHash } from 'node:crypto'
import { ServiceError } from '@fastpath/contracts'
import type { Log } from '@fastpath/timing'
import { Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { AnswerHeaders } from '../answer.js'
import { createLimitHeaders } from './limit-headers.js'
import { createWindowCounts, type Standing, type WindowOptions } from './window-counts.js'

/** Counts an attempt to log in to an account; throws where it is one too many. */
export type LoginLimit = (res: AnswerHeaders, email: string) => Promise<void>

export interface LoginLimitOptions {
  /** Attempts for one account in 15 minutes; 0 for no limit. */
  readonly attempts: number
  /** Shared between gateways through Redis; without it each counts for itself. */
  readonly redisUrl: string | undefined
  readonly log: Log
}

/** Nobody waits longer for a Redis that is slow: this process's own count stands in. */
const redisTimeoutMs = 20
/** One that has been silent for so long is away, and then not waited for at all. */
const redisSilentMs = 500

/** So many attempts for one account, wherever they come from: a password is not guessed from a thousand addresses. */
export const createLoginLimit = ({ attempts, redisUrl, log }: LoginLimitOptions) => {
  const redis = redisUrl && attempts > 0 ? connectRedis(redisUrl, log) : undefined
  const policy = { name: 'account', limit: attempts, windowSeconds: 15 * 60 }
  const tellLimit = createLimitHeaders(policy)
  const countHere = createWindowCounts(policy)
  const countShared = redis && sharedCounts(redis, policy)

  const limit: LoginLimit = async (res, email) => {
    if (attempts === 0) return
    // Counted here even while Redis counts too, so that its loss gives nobody a second helping from this gateway.
    const here = countHere(keyOf(email))
    const standing = countShared && !here.exceeded ? await countShared(keyOf(email)).catch(() => here) : here
    if (!standing.exceeded) return
    const headers: string[] = []
    tellLimit(headers, standing)
    for (let i = 0; i < headers.length; i += 2) res.appendHeader(headers[i] as string, headers[i + 1] as string)
    throw new ServiceError('TOO_MANY_REQUESTS', 'the limit of an account')
  }
  return { limit, close: () => redis?.disconnect() }
}

/** Of one length, and no list of addresses for whoever reads Redis. */
const keyOf = (email: string): string => createHash('sha256').update(email.toLowerCase()).digest('base64url')

const sharedCounts = (redis: Redis, { limit, windowSeconds }: WindowOptions) => {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    points: limit,
    duration: windowSeconds,
    keyPrefix: 'login',
    rejectIfRedisNotReady: true,
  })
  return async (key: string): Promise<Standing> => {
    try {
      return standingOf(await limiter.consume(key), false)
    } catch (thrown) {
      if (thrown instanceof RateLimiterRes) return standingOf(thrown, true)
      throw thrown
    }
  }
}

const standingOf = ({ remainingPoints, msBeforeNext }: RateLimiterRes, exceeded: boolean): Standing => ({
  remaining: remainingPoints,
  resetMs: msBeforeNext,
  exceeded,
})

const connectRedis = (url: string, log: Log): Redis => {
  const redis = new Redis(url, {
    commandTimeout: redisTimeoutMs,
    socketTimeout: redisSilentMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  })
  let told = false
  redis.on('error', (error) => {
    if (!told) log.warn({ err: error }, 'Redis is away: attempts to log in are counted by this process alone')
    told = true
  })
  redis.on('ready', () => {
    told = false
  })
  return redis
}
