import { getProfile } from '@fastpath/contracts'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'
import { presentProfile } from '../present/profiles.js'

export const profiles = ({ user }: Clients): Answer[] => [
  answer(getProfile, async (call, { params }) => {
    const profile = await user.getProfile(call, { username: params.username })
    return { profile: presentProfile(profile) }
  }),
]
