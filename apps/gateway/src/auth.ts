import { ServiceError } from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'
import { LRUCache } from 'lru-cache'
import type { Clients } from './clients.js'

/** What a request says of who asks: the text of its token, once it has been verified. */
export type Authenticate = (
  call: Call,
  authorization: string | undefined,
  need: 'required' | 'optional' | 'none',
) => Promise<string | undefined>

export interface AuthOptions {
  /** Milliseconds for which a verified token is not asked about again: by then a token that was taken back has ended. */
  readonly tokenCacheMs: number
}

const maxCachedTokens = 10_000

/**
 * Puts the viewer behind `Authorization: Token …` (or `Bearer …`) into the call. The user service alone can tell whose a
 * token is; its answer holds for a short time, so that readers who come again cost no call.
 *
 * Fails with `UNAUTHENTICATED`: where a token is needed and there is none, and wherever one came that is not good, on
 * public reads too: a client with an expired token must learn of it.
 */
export const createAuthenticate = (user: Clients['user'], { tokenCacheMs }: AuthOptions): Authenticate => {
  const verified = new LRUCache<string, number>({ max: maxCachedTokens, ttl: Math.max(1, tokenCacheMs) })
  /** Tokens that are being asked about. */
  const asking = new Map<string, Promise<unknown>>()

  const ask = async (call: Call, token: string): Promise<number> => {
    const { id, expiresAt } = await user.authenticate(call, { token })
    const ttl = Math.min(tokenCacheMs, expiresAt - Date.now())
    if (ttl > 0) verified.set(token, id, { ttl })
    return id
  }
  const askOnce = (call: Call, token: string): Promise<number> => {
    const asked = ask(call, token).finally(() => asking.delete(token))
    asking.set(token, asked)
    return asked
  }

  return async (call, authorization, need) => {
    if (need === 'none') return undefined
    const token = tokenOf(authorization)
    if (token === undefined) {
      if (need === 'optional') return undefined
      throw new ServiceError('UNAUTHENTICATED', 'no token', { fields: { token: ['is missing'] } })
    }
    let id = verified.get(token)
    if (id === undefined && tokenCacheMs > 0 && asking.has(token)) {
      // A page asks for several things at once. What the other's question came to is read from the cache alone: its
      // failure may be of its own making.
      await asking.get(token)?.catch(() => {})
      id = verified.get(token)
    }
    id ??= await askOnce(call, token)
    call.viewer = { id }
    return token
  }
}

const tokenOf = (authorization: string | undefined): string | undefined =>
  /^(?:token|bearer) +(\S+) *$/i.exec(authorization ?? '')?.[1]
