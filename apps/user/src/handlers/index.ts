import type { userContract } from '@fastpath/contracts'
import type { Handlers, Outbox } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import type { Passwords } from '../passwords.js'
import type { Tokens } from '../tokens.js'
import { getAccount, register, updateAccount } from './accounts.js'
import { follow, getFollows, listFollowed, unfollow } from './follows.js'
import { findUsers, getContacts, getProfile, getProfiles } from './profiles.js'
import { authenticate, logIn } from './sign-in.js'

export interface Deps {
  readonly pool: Pool
  readonly outbox: Outbox
  readonly passwords: Passwords
  readonly tokens: Tokens
}

/** One handler for each operation of the contract; a missing one does not compile. */
export const createHandlers = (deps: Deps): Handlers<typeof userContract> => ({
  getProfile: getProfile(deps),
  getProfiles: getProfiles(deps),
  getContacts: getContacts(deps),
  findUsers: findUsers(deps),
  register: register(deps),
  logIn: logIn(deps),
  authenticate: authenticate(deps),
  getAccount: getAccount(deps),
  updateAccount: updateAccount(deps),
  follow: follow(deps),
  unfollow: unfollow(deps),
  getFollows: getFollows(deps),
  listFollowed: listFollowed(deps),
})
