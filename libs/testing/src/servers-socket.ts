import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** What the name of the host's socket derives from: the group and the servers of the environment that it would take. */
export const hostKey = (group: string, env: NodeJS.ProcessEnv = process.env): string => {
  const { DATABASE_URL, NATS_URL, REDIS_URL } = env
  const parts = [group, DATABASE_URL, NATS_URL, REDIS_URL, process.getuid?.()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}

/** A connection to the host that lives; null when there is none. */
export const connectToHost = async (key: string): Promise<Socket | null> => {
  for (const generation of await generations(key)) {
    const socket = await connectTo(pathOf(key, generation))
    if (socket) return socket
  }
  return null
}

/**
 * Becomes the host; null when another is. A socket file that exists can't be bound, so of two at once one fails. The file of a
 * dead host is not replaced (another may just have done that) but left behind: the next one binds the next number, makes sure
 * that nobody else listens on any, and only then removes the dead.
 */
export const becomeHost = async (key: string, welcome: (client: Socket) => void): Promise<Server | null> => {
  for (;;) {
    if (await isHosted(key, 0)) return null
    const mine = Math.max(0, ...(await generations(key))) + 1
    const early: Socket[] = []
    let greet = (client: Socket) => {
      early.push(client)
    }
    const server = await listenOn(pathOf(key, mine), (client) => greet(client))
    if (!server) continue
    // Who binds later looks later: at most one of two finds nobody else. When both have seen each other, both try again.
    if (!(await isHosted(key, mine)) && (await generations(key)).includes(mine)) {
      const dead = (await generations(key)).filter((generation) => generation < mine)
      await Promise.all(dead.map((generation) => rm(pathOf(key, generation), { force: true })))
      greet = welcome
      // Some were other candidates that have looked and gone.
      early.filter((client) => !client.destroyed).forEach(welcome)
      return server
    }
    server.close()
    for (const client of early) client.destroy()
    await pause(Math.random() * 100)
  }
}

const isHosted = async (key: string, except: number) => {
  for (const generation of await generations(key)) {
    if (generation === except) continue
    const socket = await connectTo(pathOf(key, generation))
    socket?.destroy()
    if (socket) return true
  }
  return false
}

const pathOf = (key: string, generation: number) => join(tmpdir(), `fastpath-tests-${key}.${generation}`)

/** The numbers of the socket files, newest first; ours only, since anyone may make a file there. */
const generations = async (key: string): Promise<number[]> => {
  const prefix = `fastpath-tests-${key}.`
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix))
  const numbers = names.map((name) => Number(name.slice(prefix.length))).filter(Number.isInteger)
  const owners = await Promise.all(numbers.map((number) => stat(pathOf(key, number)).catch(() => null)))
  return numbers.filter((_, at) => owners[at]?.uid === process.getuid?.()).sort((a, b) => b - a)
}

const connectTo = async (path: string): Promise<Socket | null> => {
  // A few tries: between another's bind and listen, a living socket refuses too.
  for (let attempt = 0; attempt < 5; attempt++) {
    const socket = connect(path)
    const error = await once(socket, 'connect').then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    )
    if (!error) return socket.on('error', () => undefined)
    if (error.code !== 'ECONNREFUSED') return null
    await pause(20)
  }
  return null
}

const listenOn = async (path: string, onClient: (client: Socket) => void): Promise<Server | null> => {
  const server = createServer((client) => onClient(client.on('error', () => undefined)))
  server.listen(path)
  return once(server, 'listening').then(
    () => server,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return null
      throw error
    },
  )
}
