import { ServiceError, type userContract } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import type { Call } from '@fastpath/timing'
import type { Passwords } from '../passwords.js'
import { accountTakesToken, logInByEmail, replacePasswordHash } from '../queries/accounts.js'
import type { Tokens } from '../tokens.js'
import { invalidToken } from '../viewer.js'
import { signedIn } from './signed-in.js'

type UserHandlers = Handlers<typeof userContract>

interface Deps {
  readonly pool: Pool
  readonly passwords: Passwords
  readonly tokens: Tokens
}

export const logIn =
  ({ pool, passwords, tokens }: Deps): UserHandlers['logIn'] =>
  async (call, { email, password }) => {
    const account = await pool.one(call, logInByEmail, [email])
    const hashed = account?.passwordHash ?? null
    // Also where there is no account: the answer's time must not tell whether there is one.
    const right = await passwords.verify(call, password, hashed)
    if (!right || !account || hashed === null) {
      throw new ServiceError('UNAUTHENTICATED', 'unknown email or wrong password', {
        fields: { credentials: ['invalid'] },
      })
    }
    if (passwords.isOutdated(hashed)) await rehash({ pool, passwords }, call, { id: account.id, hashed, password })
    return signedIn(tokens, account)
  }

/** Only now is the password known. Where there is no time for it a later log-in will do. */
const rehash = async (
  { pool, passwords }: Pick<Deps, 'pool' | 'passwords'>,
  call: Call,
  { id, hashed, password }: { id: number; hashed: string; password: string },
): Promise<void> => {
  try {
    await pool.run(call, replacePasswordHash, [id, hashed, await passwords.hash(call, password)])
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    call.log.info({ accountId: id, code: error.code }, 'a password keeps its outdated hash for now')
  }
}

export const authenticate =
  ({ pool, tokens }: Pick<Deps, 'pool' | 'tokens'>): UserHandlers['authenticate'] =>
  async (call, { token }) => {
    const { accountId, generation, expiresAt } = await tokens.verify(token)
    const takes = await pool.one(call, accountTakesToken, [accountId, generation])
    if (!takes?.exists) throw invalidToken()
    return { id: accountId, expiresAt }
  }
