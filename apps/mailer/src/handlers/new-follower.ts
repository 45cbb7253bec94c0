import type { Call } from '@fastpath/timing'
import { newFollower as contentOf } from '../templates/new-follower.js'
import type { MailDeps } from './mail-deps.js'

export interface Followed {
  readonly followerId: number
  readonly followeeId: number
}

/** To who is followed by one more. */
export const newFollower =
  ({ user, post }: MailDeps) =>
  async (call: Call, { followerId, followeeId }: Followed, { eventId }: { readonly eventId: string }) => {
    const { contacts } = await user.getContacts(call, { ids: [followerId, followeeId] })
    const follower = contacts.find(({ id }) => id === followerId)
    const followee = contacts.find(({ id }) => id === followeeId)
    if (!follower || !followee) return
    const content = contentOf({ username: followee.username, follower: follower.username })
    await post.send(call, { eventId, name: 'new-follower', to: followee.email, content })
  }
