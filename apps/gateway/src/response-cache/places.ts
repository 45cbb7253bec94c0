import { parse } from 'node:querystring'
import type { CachePolicy, Route } from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'
import { LRUCache } from 'lru-cache'

/** A route whose answers are kept, with its checks and what makes an answer to checked input. */
export interface KeptRoute {
  readonly route: Route & { readonly cache: CachePolicy }
  readonly checkParams: (text: object) => object
  readonly checkQuery: (text: object) => object
  readonly load: (call: Call, wanted: Wanted) => Promise<string>
  /** Told of every request that was answered. */
  readonly answered: (tookMs: number) => void
}

export interface Wanted {
  readonly params: object
  readonly query: object
  readonly res: { setHeader(name: string, value: string): unknown }
  readonly tag: (...tags: readonly string[]) => void
}

/** What a URL asks for: the same for all URLs that mean the same. */
export interface Place {
  readonly key: string
  readonly kept: KeptRoute
  readonly params: object
  readonly query: object
}

/**
 * Finds out what a URL asks for. The key is written from what the contract's checks let through and from nothing else, so
 * that the order of parameters, unknown ones and defaults that were spelled out make no second entry, and what is not in
 * the key can't have influenced an answer. What a URL means never changes, so the answer is remembered, within `maxBytes`.
 */
export const createPlaces = (maxBytes: number) => {
  const known = new LRUCache<string, Place>({
    maxSize: maxBytes,
    sizeCalculation: ({ key }, url) => 500 + 2 * url.length + 4 * key.length,
  })
  const byLength = new Map<number, Pattern[]>()

  const find = (url: string): Place | undefined => {
    const question = url.indexOf('?')
    const path = question < 0 ? url : url.slice(0, question)
    // Where a fragment was sent, or a whole URL, Express's reading stands.
    if (!path.startsWith('/') || url.includes('#')) return undefined
    const segments = path.split('/', maxSegments)
    for (const { names, kept } of byLength.get(segments.length) ?? []) {
      const params = paramsOf(names, segments)
      if (params) return kept && placeOf(kept, params, question < 0 ? '' : url.slice(question + 1))
    }
    return undefined
  }

  return {
    /** In the order in which routes are tried; also those that are not kept, since `feed` would be the slug of an article. */
    add(path: string, kept: KeptRoute | undefined): void {
      const names = path.split('/')
      byLength.set(names.length, [...(byLength.get(names.length) ?? []), { names, kept }])
    },
    /** `undefined` for what is not kept, or is not valid: that is told by the route itself. */
    at(url: string): Place | undefined {
      const before = known.get(url)
      if (before) return before
      const place = find(url)
      if (place) known.set(url, place)
      return place
    },
  }
}

interface Pattern {
  /** `:slug` for what takes anything. */
  readonly names: readonly string[]
  readonly kept: KeptRoute | undefined
}

const maxSegments = 20

const paramsOf = (names: readonly string[], segments: readonly string[]): Record<string, string> | undefined => {
  const params: Record<string, string> = {}
  for (const [i, name] of names.entries()) {
    const segment = segments[i] as string
    if (!name.startsWith(':')) {
      // As Express compares.
      if (segment.toLowerCase() !== name) return undefined
    } else if (segment === '') return undefined
    else params[name.slice(1)] = segment
  }
  return params
}

/** Undefined where the path can't be decoded or a check fails. */
const placeOf = (kept: KeptRoute, encoded: Record<string, string>, queryText: string): Place | undefined => {
  const { route, checkParams, checkQuery } = kept
  try {
    const decoded = Object.fromEntries(Object.entries(encoded).map(([name, text]) => [name, decodeURIComponent(text)]))
    const params = checkParams(decoded)
    const query = checkQuery(parse(queryText))
    const key = JSON.stringify([route.id, inOrder(route.params, params), inOrder(route.query, query)])
    return { key, kept, params, query }
  } catch {
    return undefined
  }
}

/** The values in the order of the contract; `null` for what is absent, which is no value that a text can have. */
const inOrder = (schema: { readonly properties: object } | undefined, values: object): unknown[] =>
  Object.keys(schema?.properties ?? {}).map((name) => (values as Record<string, unknown>)[name] ?? null)
