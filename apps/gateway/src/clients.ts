import { feedContract, userContract } from '@fastpath/contracts'
import type { Bus, Client } from '@fastpath/messaging'
import { joinProfiles } from './caches/joined-profiles.js'

export interface Clients {
  readonly feed: Client<typeof feedContract>
  readonly user: Client<typeof userContract>
}

/** The services behind the gateway, as typed calls. */
export const createClients = (bus: Bus): Clients => {
  const user = bus.client(userContract)
  return { feed: bus.client(feedContract), user: { ...user, getProfiles: joinProfiles(user.getProfiles) } }
}
