import { route } from '../../route.js'
import { UsernameParams } from './inputs.js'
import { kept } from './kept.js'
import { ProfileResponse } from './shapes.js'

const profile = {
  tag: 'Profile',
  params: UsernameParams,
  status: 200,
  reply: ProfileResponse,
  errors: ['NOT_FOUND'],
} as const

export const getProfile = route({
  ...profile,
  id: 'GetProfileByUsername',
  summary: 'A profile',
  method: 'get',
  path: '/api/profiles/:username',
  auth: 'optional',
  cache: kept,
  budgetMs: 25,
})

export const followUser = route({
  ...profile,
  id: 'FollowUserByUsername',
  summary: 'Follow a user',
  method: 'post',
  path: '/api/profiles/:username/follow',
  auth: 'required',
  budgetMs: 50,
})

export const unfollowUser = route({
  ...profile,
  id: 'UnfollowUserByUsername',
  summary: 'Follow a user no longer',
  method: 'delete',
  path: '/api/profiles/:username/follow',
  auth: 'required',
  budgetMs: 50,
})
