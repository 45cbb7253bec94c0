import type { Content } from '../post.js'
import { htmlPage } from './html-page.js'
import { maxNameLength, oneLine } from './one-line.js'

export const newFollower = (names: { readonly username: string; readonly follower: string }): Content => {
  const name = oneLine(names.username, maxNameLength)
  const follower = oneLine(names.follower, maxNameLength)
  return {
    subject: `${follower} follows you`,
    text: `Hello ${name},\n\n${follower} follows you on Conduit now.\n`,
    html: htmlPage`<p>Hello ${name},</p><p><b>${follower}</b> follows you on Conduit now.</p>`,
  }
}
