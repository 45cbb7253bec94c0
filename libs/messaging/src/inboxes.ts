/**
 * Where the replies to one user's questions come in. Each user has a tree of its own, so that the broker can be told to let
 * nobody else listen there.
 */
export const inboxesOf = (user: string | undefined): string =>
  user !== undefined && /^[\w-]+$/.test(user) ? `_INBOX.${user}` : '_INBOX'

/** Where it is said that a word to all was heard. */
export const heardInboxes = (inboxes: string): string => `${inboxes}.heard`

/** Apart from those of calls: answers to a question to all are many, where a call has one. */
export const gatherInboxes = (inboxes: string): string => `${inboxes}.all`
