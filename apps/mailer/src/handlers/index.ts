import type { MailDeps } from './mail-deps.js'
import { newComment } from './new-comment.js'
import { newFollower } from './new-follower.js'
import { welcome } from './welcome.js'

/** One handler for each event that leads to a mail. An account that has gone gets none, and that is no error. */
export const createHandlers = (deps: MailDeps) => ({
  welcome: welcome(deps),
  newFollower: newFollower(deps),
  newComment: newComment(deps),
})
