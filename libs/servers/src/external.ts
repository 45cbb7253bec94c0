import type { NamedKind } from './kind.js'
import type { Server } from './server.js'
import { ServerError } from './server-error.js'

const timeoutMs = 5_000

/** A server that runs already, named by a variable. It is asked once whether it is what it should be, and never touched. */
export const externalServer = async (kind: NamedKind, url: string): Promise<Server> => {
  // The value is never repeated whole: it may hold a password.
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed?.hostname || !kind.protocols.includes(parsed.protocol)) {
    throw new ServerError('SERVER_URL', `${kind.variable} is not a URL of ${kind.title}; it takes ${kind.takes}`)
  }
  try {
    await kind.probe(parsed, timeoutMs)
  } catch (error) {
    const address = `${parsed.hostname}:${parsed.port || kind.defaultPort}`
    throw new ServerError('SERVER_URL', `${kind.variable}: ${address} ${(error as Error).message}`)
  }
  const refuse = () =>
    new ServerError('SERVER_EXTERNAL', `${kind.variable} names a server that isn't ours to kill, pause or restart`)
  return {
    name: kind.name,
    url,
    folder: null,
    pid: null,
    stop: async () => undefined,
    kill: () => Promise.reject(refuse()),
    restart: () => Promise.reject(refuse()),
    pause: () => {
      throw refuse()
    },
    resume: () => {
      throw refuse()
    },
  }
}
