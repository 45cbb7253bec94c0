import { ServiceError, type userContract } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { contactsByIds, profileByName, profilesByIds, usersByNames } from '../queries/profiles.js'

type UserHandlers = Handlers<typeof userContract>

interface Deps {
  readonly pool: Pool
}

export const getProfile =
  ({ pool }: Deps): UserHandlers['getProfile'] =>
  async (call, { username }) => {
    const profile = await pool.one(call, profileByName, [username])
    if (!profile) throw noProfile(username)
    return profile
  }

export const getProfiles =
  ({ pool }: Deps): UserHandlers['getProfiles'] =>
  async (call, { ids }) => ({ profiles: ids.length === 0 ? [] : await pool.run(call, profilesByIds, [ids]) })

export const getContacts =
  ({ pool }: Deps): UserHandlers['getContacts'] =>
  async (call, { ids }) => ({ contacts: ids.length === 0 ? [] : await pool.run(call, contactsByIds, [ids]) })

export const findUsers =
  ({ pool }: Deps): UserHandlers['findUsers'] =>
  async (call, { usernames }) => ({ users: await pool.run(call, usersByNames, [usernames]) })

export const noProfile = (username: string): ServiceError =>
  new ServiceError('NOT_FOUND', `no user ${username}`, { fields: { profile: ['not found'] } })
