import { inboxesOf } from './inboxes.js'

/** The part of the client library's options that stands in a URL. */
export interface Broker {
  readonly servers: string[]
  readonly user?: string
  readonly pass?: string
  readonly token?: string
  readonly tls?: object
  /** Before every subject for replies. */
  readonly inboxPrefix: string
}

/**
 * Reads `nats://host:port` or `tls://host:port`, with `user:password@` or `token@` in front of the host where the broker
 * wants it, or several of them with commas between. Throws for anything else, since a connection would be tried for it
 * without end.
 */
export const parseBrokerUrl = (urls: string): Broker => {
  const parsed = urls.split(',').map((part) => parseOne(part.trim()))
  const { protocol, username, password } = parsed[0] as URL
  const broker = { servers: parsed.map(({ host }) => host), ...(protocol === 'tls:' ? { tls: {} } : {}) }
  const user = decodeURIComponent(username)
  if (password !== '') return { ...broker, user, pass: decodeURIComponent(password), inboxPrefix: inboxesOf(user) }
  return { ...broker, ...(user === '' ? {} : { token: user }), inboxPrefix: inboxesOf(undefined) }
}

const parseOne = (url: string): URL => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && ['nats:', 'tls:'].includes(parsed.protocol) && parsed.hostname !== '') return parsed
  throw new Error(`the broker's URL is ${JSON.stringify(hidePassword(url))}; takes nats://host:port`)
}

const hidePassword = (url: string): string => url.replace(/:[^:/@]*@/, ':…@')
