import { ServiceError, type userContract, userRegistered, userUpdated } from '@fastpath/contracts'
import type { Handlers, Outbox } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import type { Call } from '@fastpath/timing'
import type { Passwords } from '../passwords.js'
import { isUniqueViolation } from '../postgres-codes.js'
import { accountById, addAccount, changeAccount, takenByOthers } from '../queries/accounts.js'
import type { Tokens } from '../tokens.js'
import { invalidToken, viewerId } from '../viewer.js'
import { signedIn } from './signed-in.js'

type UserHandlers = Handlers<typeof userContract>

interface Deps {
  readonly pool: Pool
  readonly outbox: Outbox
  readonly passwords: Passwords
  readonly tokens: Tokens
}

export const register =
  ({ pool, outbox, passwords, tokens }: Deps): UserHandlers['register'] =>
  async (call, { username, email, password }) => {
    const names = { username, email, exceptId: 0 }
    // Before the hash, which is the dear part; whoever comes at the same moment meets the index.
    await refuseTaken(pool, call, names)
    const hashed = await passwords.hash(call, password)
    const adding = outbox.transaction(call, async (tx) => {
      const account = await tx.one(addAccount, [username, email, hashed])
      if (!account) throw new Error('add_account gave no row')
      await tx.emit(userRegistered, { userId: account.id, version: account.version })
      return account
    })
    const account = await orTaken({ pool, call, names }, adding)
    return signedIn(tokens, account)
  }

export const getAccount =
  ({ pool }: Pick<Deps, 'pool'>): UserHandlers['getAccount'] =>
  async (call) => {
    const account = await pool.one(call, accountById, [viewerId(call)])
    if (!account) throw invalidToken()
    return account
  }

export const updateAccount =
  ({ pool, outbox, passwords, tokens }: Deps): UserHandlers['updateAccount'] =>
  async (call, { username = null, email = null, password, bio, image }) => {
    const id = viewerId(call)
    const hashed = password === undefined ? null : await passwords.hash(call, password)
    const profile = [bio !== undefined, bio || null, image !== undefined, image || null] as const
    const changing = outbox.transaction(call, async (tx) => {
      const account = await tx.one(changeAccount, [id, username, email, hashed, ...profile])
      if (account) await tx.emit(userUpdated, { userId: id, version: account.version })
      return account
    })
    const account = await orTaken({ pool, call, names: { username, email, exceptId: id } }, changing)
    if (!account) throw invalidToken()
    return signedIn(tokens, account)
  }

interface Names {
  readonly username: string | null
  readonly email: string | null
  readonly exceptId: number
}

/** A broken unique index names one column; a client is told of both at once. */
const orTaken = <T>({ pool, call, names }: { pool: Pool; call: Call; names: Names }, written: Promise<T>): Promise<T> =>
  written.catch(async (error) => {
    if (!isUniqueViolation(error)) throw error
    await refuseTaken(pool, call, names)
    // Whoever had it has just given it up.
    throw new ServiceError('CONFLICT', 'a username or email was taken a moment ago', { cause: error })
  })

/** @throws ServiceError `CONFLICT` with what is somebody else's. */
const refuseTaken = async (pool: Pool, call: Call, { username, email, exceptId }: Names): Promise<void> => {
  const taken = await pool.one(call, takenByOthers, [username, email, exceptId])
  const fields = {
    ...(taken?.username && { username: hasBeenTaken }),
    ...(taken?.email && { email: hasBeenTaken }),
  }
  const names = Object.keys(fields)
  if (names.length > 0) throw new ServiceError('CONFLICT', `taken already: ${names.join(', ')}`, { fields })
}

const hasBeenTaken = ['has already been taken']
