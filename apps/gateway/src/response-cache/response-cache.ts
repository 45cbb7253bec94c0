import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorTable, toServiceError } from '@fastpath/contracts'
import { Call, type Counter, formatServerTiming, type Log, type Metrics, type Trace } from '@fastpath/timing'
import { sendError } from '../send.js'
import { sendHead } from '../written-head.js'
import { createCounters } from './counters.js'
import { createEntries, createEntry, type Entry, outdate } from './entries.js'
import { finish, publicCacheControl, variantFor } from './finished.js'
import { hasAlready } from './if-none-match.js'
import { notFound } from './not-found.js'
import { createPlaces, type KeptRoute, type Place } from './places.js'

export interface ResponseCacheOptions {
  /** Of everything that it keeps. */
  readonly maxBytes: number
  /** Milliseconds after which an answer that is being made is given up. */
  readonly requestTimeoutMs: number
  /** False while invalidations may be missed: nothing that is kept is fresh then. */
  readonly hears: () => boolean
  readonly metrics: Metrics
  readonly log: Log
}

/** A request and what its answer has beside the kept part: `head` is `[name, value, …]`. */
export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly head: string[]
  readonly startedMs: number
  readonly showsTiming: boolean
}

export interface ResponseCache {
  /** In the order in which routes are tried, those without a kept part too. */
  add(path: string, kept: KeptRoute | undefined): void
  /** What an anonymous read asks for; `undefined` for everything else. Begins nothing. */
  find(req: IncomingMessage): Place | undefined
  /** Answers from memory, at once; false where it can't. */
  sendKept(place: Place, exchange: Exchange): boolean
  /** Answers with what is loaded now, by one load for all who ask meanwhile; as `req.call` allows. */
  sendLoaded(place: Place, exchange: Exchange): Promise<void>
  /** From its return on nothing that was made before is sent as fresh, nor kept. */
  invalidate(tags: readonly string[]): void
  /** The same of everything: where invalidations may have been missed. */
  invalidateAll(): void
}

/** Whence an answer comes. As an object, since a look-up by one of three names is done anew at every use of it. */
interface Source {
  readonly name: 'hit' | 'stale' | 'miss'
  readonly count: Counter
  /** `Server-Timing` where nothing was loaded. */
  readonly timing: (totalMs: number) => string
}

/**
 * Finished answers to anonymous reads, in front of Express: a look-up by the URL as it came, one block of headers, one
 * buffer. What is not fresh any more is sent while it is made anew, and on for as long as the services are away.
 */
export const createResponseCache = ({
  maxBytes,
  requestTimeoutMs,
  hears,
  metrics,
  log,
}: ResponseCacheOptions): ResponseCache => {
  const count = createCounters(metrics)
  const sourceOf = (name: Source['name']): Source => ({ name, count: count[name], timing: keptTiming(name) })
  const [hit, stale, miss] = [sourceOf('hit'), sourceOf('stale'), sourceOf('miss')]
  const placesBytes = Math.floor(maxBytes / 8)
  const places = createPlaces(placesBytes)
  const entries = createEntries(maxBytes - placesBytes, () => count.evictions.add())
  const flights = new Map<string, Flight>()
  metrics.gauge('fastpath_response_cache_bytes', 'What the finished answers take', () => entries.bytes)
  metrics.gauge('fastpath_response_cache_entries', 'Finished answers', () => entries.count)

  const load = (place: Place, before: Entry | undefined): Flight => {
    const flying = flights.get(place.key)
    if (flying) {
      count.shared.add()
      return flying
    }
    // Who has something to send in the worst case does not wait for the worst case.
    const timeoutMs = before ? Math.min(requestTimeoutMs, patienceMs) : requestTimeoutMs
    const call = new Call({ timeoutMs, log })
    const flight: Flight = { call, entry: make(place, call, before) }
    const land = () => {
      if (flights.get(place.key) === flight) flights.delete(place.key)
    }
    flight.entry.then(land, (error) => {
      land()
      const { code, cause = error } = toServiceError(error)
      if (code === 'INTERNAL') log.error({ err: cause, key: place.key }, 'an answer could not be made')
      if (!isServersFault(error)) entries.delete(place.key)
      else if (before) before.retryAtMs = performance.now() + retryMs
    })
    flights.set(place.key, flight)
    count.loads.add()
    return flight
  }

  const make = async (place: Place, call: Call, before: Entry | undefined): Promise<Entry> => {
    const { params, query, kept } = place
    const watch = entries.watch()
    const tags = new Set<string>()
    const headers: string[] = []
    const res = { setHeader: (name: string, value: string) => headers.push(name, value) }
    const tag = (...more: readonly string[]) => {
      for (const one of more) tags.add(one)
    }
    try {
      const { route } = kept
      const { status, text, policy } = await kept
        .load(call, { params, query, res, tag })
        .then((text) => ({ status: route.status, text, policy: route.cache }), notFound)
      const cacheControl = status === 200 ? publicCacheControl(policy) : 'no-store'
      const finished = await finish({ status, text, headers, cacheControl }, before?.finished)
      const entry = createEntry(finished, tags, policy)
      if (wordOf(call) === 'stale') outdate(entry, before, performance.now() + retryMs)
      if (!watch.isVoid(tags)) entries.set(place.key, entry)
      return entry
    } finally {
      watch.end()
    }
  }

  const refresh = (place: Place, entry: Entry) => {
    // Its failure is told by the next one, which waits for it.
    if (!flights.has(place.key)) load(place, entry).entry.catch(() => {})
  }

  /** With the trace of the load, where there was one. */
  const send = (place: Place, entry: Entry, source: Source, exchange: Exchange, trace?: Trace): void => {
    const { req, res, head, startedMs, showsTiming } = exchange
    const { finished } = entry
    const { status } = finished.made
    const nowMs = performance.now()
    const tookMs = nowMs - startedMs
    const { 'accept-encoding': acceptEncoding, 'if-none-match': ifNoneMatch } = req.headers
    const variant = variantFor(finished, acceptEncoding)
    if (source !== miss) head.push('age', String(Math.floor((nowMs - entry.loadedAtMs) / 1000)))
    if (showsTiming) head.push('server-timing', trace ? formatServerTiming(trace.entries()) : source.timing(tookMs))
    if (status === 200 && hasAlready(ifNoneMatch, variant.etag)) {
      count.notModified.add()
      sendHead(res, variant.notModified, head)
      res.end()
    } else {
      sendHead(res, variant.head, head)
      // Without a body for HEAD: Node sees to it.
      res.end(variant.body)
    }
    source.count.add()
    place.kept.answered(tookMs)
  }

  return {
    add: places.add,
    find({ method, headers, url }) {
      const isRead = method === 'GET' || method === 'HEAD'
      return isRead && headers.authorization === undefined ? places.at(url as string) : undefined
    },

    sendKept(place, exchange) {
      const entry = entries.get(place.key)
      if (!entry) return false
      const { startedMs: nowMs } = exchange
      const isTrusted = hears()
      const source = isTrusted && nowMs < entry.softEndMs ? hit : stale
      if (source === stale) {
        const isAwaited = nowMs >= entry.retryAtMs
        if ((!isTrusted || nowMs >= entry.hardEndMs) && (isAwaited || nowMs >= entry.endMs)) return false
        if (isAwaited) refresh(place, entry)
      }
      send(place, entry, source, exchange)
      return true
    },

    async sendLoaded(place, exchange) {
      const { req, res, head, startedMs } = exchange
      const { call } = req
      const before = entries.get(place.key)
      const flight = load(place, before)
      try {
        const entry = await flight.entry
        call.trace.adopt(flight.call.trace)
        const word = wordOf(flight.call)
        call.trace.describe('cache', word)
        if (res.destroyed) return
        send(place, entry, word === 'stale' ? stale : miss, exchange, call.trace)
      } catch (error) {
        if (res.destroyed || res.headersSent) return
        if (before && isServersFault(error) && startedMs < before.endMs) {
          return send(place, before, stale, exchange)
        }
        // Given up at its deadline, it took that long at least: left out, the slowest would be missing.
        const failure = toServiceError(error)
        if (failure.code === 'DEADLINE_EXCEEDED') place.kept.answered(performance.now() - startedMs)
        call.trace.adopt(flight.call.trace)
        for (let i = 0; i < head.length; i += 2) res.appendHeader(head[i] as string, head[i + 1] as string)
        sendError(call, res, failure)
      }
    },

    invalidate(tags) {
      // Those that are under way are waited for by nobody who asks from now on.
      flights.clear()
      entries.expire(tags)
    },
    invalidateAll() {
      flights.clear()
      entries.expireAll()
    },
  }
}

interface Flight {
  readonly call: Call
  readonly entry: Promise<Entry>
}

/** For a load that there is a stand-in for. */
const patienceMs = 1_000
/** After a failure, so that services that are down or drown are not asked by every request. */
const retryMs = 1_000

/** What the caches below say of what an answer was made of. */
const wordOf = (call: Call): string => call.trace.described('cache') ?? 'miss'

const isServersFault = (error: unknown): boolean => errorTable[toServiceError(error).code].status >= 500

/**
 * `Server-Timing` of an answer from memory: all that differs is the total. The short ones are written once for each
 * hundredth of a millisecond, which is as exact as the header is.
 */
const keptTiming = (source: Source['name']) => {
  const written = new Array<string | undefined>(1_000)
  const write = (hundredths: number) =>
    formatServerTiming([
      { name: 'total', durMs: hundredths / 100 },
      { name: 'db', durMs: 0, desc: 'Database' },
      { name: 'serialize', durMs: 0, desc: 'Serialization' },
      { name: 'cache', desc: source },
    ])
  return (totalMs: number): string => {
    const hundredths = Math.round(totalMs * 100)
    const before = written[hundredths]
    if (before !== undefined) return before
    const text = write(hundredths)
    if (hundredths < written.length) written[hundredths] = text
    return text
  }
}
