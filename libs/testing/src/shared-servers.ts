import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectToHost, hostKey } from './servers-socket.js'

export interface ServerUrls {
  postgres: string
  nats: string
  redis: string
}

export interface SharedServers {
  urls: ServerUrls
  /** Resolves at once when others still use the servers, else when they are stopped and their folders removed. */
  leave(): Promise<void>
}

export interface JoinOptions {
  /** Who shares: all with the same text, and the same URL variables. Default: the root of the repository. */
  group?: string
  /** Takes one-line messages about what the servers' host does. */
  say?: (line: string) => void
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const joinTimeoutMs = 180_000

/**
 * Joins the servers of this run, or starts them when nobody has. They are kept by a process of their own, which ends when
 * the last of us has left or died. Where all three URLs are in the environment nothing is started.
 * Rejects with the message of the server that could not be started.
 */
export const joinSharedServers = async ({
  group = root,
  say = () => undefined,
}: JoinOptions = {}): Promise<SharedServers> => {
  const { DATABASE_URL: postgres, NATS_URL: nats, REDIS_URL: redis } = process.env
  if (postgres && nats && redis) return { urls: { postgres, nats, redis }, leave: async () => undefined }
  const key = hostKey(group)
  const until = Date.now() + joinTimeoutMs
  let host: ReturnType<typeof startHost> | undefined
  while (Date.now() < until) {
    const socket = await connectToHost(key)
    const urls = socket && (await urlsFrom(socket, say))
    if (urls) return { urls, leave: () => leave(socket) }
    // Whoever finds no host starts one; of several at once all but one end at once (see servers-host.ts).
    if (!host || host.exitCode !== null || host.signalCode !== null) host = startHost(key)
    await pause(50)
  }
  throw new Error(`the shared servers did not start within ${joinTimeoutMs / 1000} s`)
}

const startHost = (key: string) => {
  const file = fileURLToPath(new URL('./servers-host.ts', import.meta.url))
  const args = ['--conditions=@fastpath/source', '--import', 'tsx', file, key]
  const host = spawn(process.execPath, args, { cwd: root, detached: true, stdio: 'ignore', env: hostEnv() })
  host.on('error', () => undefined)
  host.unref()
  return host
}

/** Not the options of jest's process. */
const hostEnv = () => {
  const { NODE_OPTIONS: _, ...env } = process.env
  return env
}

/** The host's answer: lines of JSON that end with the URLs or an error; null when it went away before. */
const urlsFrom = async (socket: Socket, say: (line: string) => void): Promise<ServerUrls | null> => {
  const lines = createInterface({ input: socket })
  // It hands on the errors of the socket, for as long as that lives: a killed host resets the connection.
  lines.on('error', () => undefined)
  try {
    for await (const line of lines) {
      const told: { say?: string; error?: string; urls?: ServerUrls } = JSON.parse(line)
      if (told.say) say(told.say)
      if (told.error) throw new Error(told.error)
      if (told.urls) {
        socket.unref()
        return told.urls
      }
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
  return null
}

/** The host hangs up at once, or, on its last client, at its own end. */
const leave = async (socket: Socket) => {
  if (socket.closed) return
  socket.ref()
  socket.resume()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write('leave\n')
  await closed
}
