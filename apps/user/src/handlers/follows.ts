import { ServiceError, type UserProfile, type userContract, userFollowed, userUnfollowed } from '@fastpath/contracts'
import type { Handlers, Outbox } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { brokenReference } from '../postgres-codes.js'
import { addFollow, followedAmong, latestFollowed, removeFollow } from '../queries/follows.js'
import { invalidToken, viewerId } from '../viewer.js'
import { noProfile } from './profiles.js'

type UserHandlers = Handlers<typeof userContract>

interface Deps {
  readonly pool: Pool
  readonly outbox: Outbox
}

export const follow =
  ({ outbox }: Deps): UserHandlers['follow'] =>
  async (call, { username }) => {
    const followerId = viewerId(call)
    const following = outbox.transaction(call, async (tx) => {
      const followed = await tx.one(addFollow, [followerId, username])
      if (followed?.changed) await tx.emit(userFollowed, { followerId, followeeId: followed.id })
      return followed
    })
    const profile = await following.catch((error) => {
      // Either account may go while the statement runs, and a token outlives its account for a moment.
      const constraint = brokenReference(error)
      if (constraint === 'follow_follower_id_fkey') throw invalidToken(error)
      if (constraint === 'follow_followee_id_fkey') throw noProfile(username)
      throw error
    })
    if (!profile) throw noProfile(username)
    if (profile.id === followerId) {
      throw new ServiceError('INVALID', 'nobody follows themselves', { fields: { username: ["can't be yourself"] } })
    }
    return profileOf(profile)
  }

export const unfollow =
  ({ outbox }: Deps): UserHandlers['unfollow'] =>
  async (call, { username }) => {
    const followerId = viewerId(call)
    const profile = await outbox.transaction(call, async (tx) => {
      const unfollowed = await tx.one(removeFollow, [followerId, username])
      if (unfollowed?.changed) await tx.emit(userUnfollowed, { followerId, followeeId: unfollowed.id })
      return unfollowed
    })
    if (!profile) throw noProfile(username)
    return profileOf(profile)
  }

export const getFollows =
  ({ pool }: Pick<Deps, 'pool'>): UserHandlers['getFollows'] =>
  async (call, { ids }) => {
    const followerId = viewerId(call)
    return { ids: ids.length === 0 ? [] : idsOf(await pool.run(call, followedAmong, [followerId, ids])) }
  }

export const listFollowed =
  ({ pool }: Pick<Deps, 'pool'>): UserHandlers['listFollowed'] =>
  async (call) => ({ ids: idsOf(await pool.run(call, latestFollowed, [viewerId(call)])) })

const profileOf = ({ changed: _, ...profile }: UserProfile & { readonly changed: boolean }): UserProfile => profile

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id)
