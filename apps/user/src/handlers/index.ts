import type { userContract } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { findUsers, getProfile, getProfiles } from './profiles.js'

export interface Deps {
  readonly pool: Pool
}

/** One handler for each operation of the contract; a missing one does not compile. */
export const createHandlers = (deps: Deps): Handlers<typeof userContract> => ({
  getProfile: getProfile(deps),
  getProfiles: getProfiles(deps),
  findUsers: findUsers(deps),
})
