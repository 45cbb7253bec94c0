import type { userContract } from '@fastpath/contracts'
import type { Client } from '@fastpath/messaging'
import type { Post } from '../post.js'

export interface MailDeps {
  /** Who tells names and addresses, at the moment of sending. */
  readonly user: Pick<Client<typeof userContract>, 'getContacts'>
  readonly post: Post
}
