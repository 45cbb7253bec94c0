import type { Content } from '../post.js'
import { htmlPage } from './html-page.js'
import { maxNameLength, oneLine } from './one-line.js'

export const welcome = (user: { readonly username: string }): Content => {
  const name = oneLine(user.username, maxNameLength)
  return {
    subject: `Welcome to Conduit, ${name}`,
    text: `Hello ${name},\n\nwelcome to Conduit! Your account is ready.\n`,
    html: htmlPage`<p>Hello ${name},</p><p>welcome to Conduit! Your account is ready.</p>`,
  }
}
