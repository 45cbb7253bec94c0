import type { Setting } from '@fastpath/runtime'

export interface TokenKey {
  /** Written into each token, so that it is known which key verifies it. */
  readonly id: string
  readonly secret: Uint8Array
}

/** As long as the hash of HS256: a shorter key is easier to guess than the signature (RFC 7518, 3.2). */
const minBytes = 32

/** The keys of tokens, the one that signs first: `2025a:BASE64,2024b:BASE64`. */
export const tokenKeysSetting = (variable: string): Setting<readonly TokenKey[]> => ({
  variable,
  takes: `id:base64 of at least ${minBytes} random bytes; several, the one that signs first, separated by commas`,
  secret: true,
  parse: (text) => {
    const keys = text.split(',').map(parseKey)
    const ids = new Set(keys.map((key) => key?.id))
    return keys.every((key) => key !== undefined) && ids.size === keys.length ? keys : undefined
  },
})

const parseKey = (text: string): TokenKey | undefined => {
  const [, id, base64] = /^\s*([\w.-]{1,64}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(text) ?? []
  if (id === undefined || base64 === undefined) return undefined
  const secret = Buffer.from(base64, 'base64')
  return secret.length < minBytes ? undefined : { id, secret: new Uint8Array(secret) }
}
