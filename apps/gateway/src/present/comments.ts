import type { Comment, CommentRecord } from '@fastpath/contracts'
import { type Author, unknownAuthor } from './profiles.js'

export const presentComment =
  (authors: ReadonlyMap<number, Author>) =>
  ({ id, body, authorId, createdAt, updatedAt }: CommentRecord): Comment => ({
    id,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    body,
    author: authors.get(authorId) ?? unknownAuthor,
  })
