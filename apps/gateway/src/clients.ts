import { feedContract, userContract } from '@fastpath/contracts'
import type { Bus, Client } from '@fastpath/messaging'

export interface Clients {
  readonly feed: Client<typeof feedContract>
  readonly user: Client<typeof userContract>
}

/** The services behind the gateway, as typed calls. */
export const createClients = (bus: Bus): Clients => ({
  feed: bus.client(feedContract),
  user: bus.client(userContract),
})
