import { cacheTags, followUser, getProfile, unfollowUser } from '@fastpath/contracts'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'
import { presentProfile } from '../present/profiles.js'

export const profiles = ({ user }: Clients): Answer[] => [
  answer(getProfile, async (call, { params, tag }) => {
    const profile = await user.getProfile(call, { username: params.username })
    tag?.(cacheTags.user(profile.id))
    const { ids } = call.viewer ? await user.getFollows(call, { ids: [profile.id] }) : { ids: [] }
    return { profile: presentProfile(profile, ids.includes(profile.id)) }
  }),

  answer(followUser, async (call, { params }) => ({
    profile: presentProfile(await user.follow(call, { username: params.username }), true),
  })),

  answer(unfollowUser, async (call, { params }) => ({
    profile: presentProfile(await user.unfollow(call, { username: params.username }), false),
  })),
]
