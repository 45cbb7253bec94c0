import type { Call } from '@fastpath/timing'
import { newComment as contentOf } from '../templates/new-comment.js'
import type { MailDeps } from './mail-deps.js'

export interface Commented {
  readonly articleAuthorId: number
  readonly authorId: number
  readonly title: string
}

/** To the author of an article that somebody else has commented on. */
export const newComment =
  ({ user, post }: MailDeps) =>
  async (call: Call, { articleAuthorId, authorId, title }: Commented, { eventId }: { readonly eventId: string }) => {
    if (articleAuthorId === authorId) return
    const { contacts } = await user.getContacts(call, { ids: [articleAuthorId, authorId] })
    const author = contacts.find(({ id }) => id === articleAuthorId)
    const commenter = contacts.find(({ id }) => id === authorId)
    if (!author || !commenter) return
    const content = contentOf({ username: author.username, commenter: commenter.username, title })
    await post.send(call, { eventId, name: 'new-comment', to: author.email, content })
  }
