import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { ServiceError } from '@fastpath/contracts'
import proxyAddr from 'proxy-addr'
import { createLimitHeaders } from './limit-headers.js'
import { createWindowCounts } from './window-counts.js'

export interface RateLimitOptions {
  /** Requests a minute from one address; 0 for no limit. */
  readonly perMinute: number
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed; nobody else's is. */
  readonly trustedProxies: readonly string[]
}

/**
 * Counts a request, adds what is to be told of the limit to its headers, and gives what to refuse it with where it is one too many.
 *
 * In this process's memory and without a wait: a flood is refused before it costs anything.
 */
export type RateLimit = (req: IncomingMessage, head: string[], nowMs: number) => ServiceError | undefined

export const createRateLimit = ({ perMinute, trustedProxies }: RateLimitOptions): RateLimit => {
  if (perMinute === 0) return () => undefined
  const policy = { name: 'address', limit: perMinute, windowSeconds: 60 }
  const count = createWindowCounts(policy)
  const tellLimit = createLimitHeaders(policy)
  const trusted = trustedProxies.length > 0 ? proxyAddr.compile([...trustedProxies]) : undefined

  return (req, head, nowMs) => {
    const address = trusted && proxyAddr(req, trusted)
    // What a trusted proxy has passed on may still be no address: then the proxy's own counts.
    const standing = count(networkOf(address && isIP(address) ? address : (req.socket.remoteAddress ?? '')), nowMs)
    tellLimit(head, standing)
    return standing.exceeded ? new ServiceError('TOO_MANY_REQUESTS', 'the limit of an address') : undefined
  }
}

/** The part of an address that one client has: a whole /64 of IPv6, or else nobody would ever meet a limit. */
export const networkOf = (address: string): string => {
  if (!address.includes(':')) return address
  const ofIpv4 = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (ofIpv4 !== undefined) return ofIpv4
  const [head = '', tail] = address.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
