import type { Standing, WindowOptions } from './window-counts.js'

export interface LimitPolicy extends WindowOptions {
  readonly name: string
}

/**
 * `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-11 has them (lists: one item for each limit
 * that was looked at), and `Retry-After` for a request that is one too many: added to `headers` as `name, value`.
 */
export const createLimitHeaders = ({ name, limit, windowSeconds }: LimitPolicy) => {
  const policy = `"${name}";q=${limit};w=${windowSeconds}`
  const start = `"${name}";r=`
  return (headers: string[], { remaining, resetMs, exceeded }: Standing): void => {
    const seconds = Math.max(1, Math.ceil(resetMs / 1000))
    headers.push('ratelimit-policy', policy, 'ratelimit', `${start}${written(remaining)};t=${seconds}`)
    if (exceeded) headers.push('retry-after', String(seconds))
  }
}

/** V8 keeps the texts of the latest numbers, so one that is new at each request would outlive it by far. */
const written = (count: number): string =>
  count < 1_000 ? String(count) : `${Math.floor(count / 1_000)}${lastDigits[count % 1_000]}`
const lastDigits = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(3, '0'))
