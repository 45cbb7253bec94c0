import { jwtVerify, SignJWT } from 'jose'
import type { TokenKey } from './token-keys.js'
import { invalidToken } from './viewer.js'

export interface TokensOptions {
  /** The first signs, all verify: a new key is put first, and the old one leaves when its last token has expired. */
  readonly keys: readonly TokenKey[]
  readonly ttlSeconds: number
}

export interface TokenClaims {
  readonly accountId: number
  /** The account's generation when the token was made. */
  readonly generation: number
}

/** Signs and verifies the tokens of this service, which nobody else can read anything from. */
export interface Tokens {
  sign(claims: TokenClaims): Promise<string>
  /**
   * What was signed; whether the account still takes it, its row knows. `expiresAt` in milliseconds since 1970.
   * @throws ServiceError `UNAUTHENTICATED` for anything but a token of ours that is still good.
   */
  verify(token: string): Promise<TokenClaims & { readonly expiresAt: number }>
}

// One algorithm, never the token's choice: a header that says `none` is as wrong as any other.
const algorithm = 'HS256'
const issuer = 'fastpath'
const audience = 'fastpath-api'
const generationClaim = 'gen'

export const createTokens = ({ keys, ttlSeconds }: TokensOptions): Tokens => {
  const [signing] = keys
  if (!signing) throw new Error('tokens need a key to be signed with')
  const keyById = new Map(keys.map(({ id, secret }) => [id, secret]))

  const keyOf = ({ kid }: { kid?: string }): Uint8Array => {
    const key = kid === undefined ? undefined : keyById.get(kid)
    if (!key) throw new Error('of a key that is not ours')
    return key
  }
  const options = {
    algorithms: [algorithm],
    issuer,
    audience,
    requiredClaims: ['sub', 'exp', generationClaim],
  }

  return {
    sign: ({ accountId, generation }) => {
      const nowSeconds = Math.floor(Date.now() / 1000)
      return new SignJWT({ [generationClaim]: generation })
        .setProtectedHeader({ alg: algorithm, kid: signing.id })
        .setSubject(String(accountId))
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + ttlSeconds)
        .sign(signing.secret)
    },
    async verify(token) {
      // Nothing but the token decides what happens here, so whatever fails is the token's fault.
      const { payload } = await jwtVerify(token, keyOf, options).catch((cause) => {
        throw invalidToken(cause)
      })
      const generation = payload[generationClaim] as number
      return { accountId: Number(payload.sub), generation, expiresAt: Number(payload.exp) * 1000 }
    },
  }
}
