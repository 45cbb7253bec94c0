import type { Content } from '../post.js'
import { htmlPage } from './html-page.js'
import { maxNameLength, maxTitleLength, oneLine } from './one-line.js'

export interface NewComment {
  readonly username: string
  readonly commenter: string
  readonly title: string
}

export const newComment = (comment: NewComment): Content => {
  const name = oneLine(comment.username, maxNameLength)
  const commenter = oneLine(comment.commenter, maxNameLength)
  const title = oneLine(comment.title, maxTitleLength)
  return {
    subject: `New comment on ${title}`,
    text: `Hello ${name},\n\n${commenter} has commented on your article "${title}".\n`,
    html: htmlPage`<p>Hello ${name},</p><p><b>${commenter}</b> has commented on your article <i>${title}</i>.</p>`,
  }
}
