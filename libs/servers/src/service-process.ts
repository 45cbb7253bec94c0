import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { ServerError } from './server-error.js'

export interface ServiceProcessOptions {
  readonly name: string
  /** The service's `main.ts`, or what was built of it. */
  readonly entry: string
  readonly env: NodeJS.ProcessEnv
  /** `inherit` shows what the service writes; `keep` keeps its end for the message of a failed start. Default `keep`. */
  readonly output?: 'inherit' | 'keep'
  /** Milliseconds until a start counts as failed; default 20,000. */
  readonly readyTimeoutMs?: number
}

/** One of our own services as a process of its own. */
export interface ServiceProcess {
  readonly name: string
  readonly pid: number
  readonly adminUrl: string
  /** Where it serves, if it serves anything but calls. */
  readonly url: string | undefined
  /** Resolves with what ended it, whenever that is. */
  readonly exited: Promise<string>
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>
  /** SIGKILL; resolves when the process is gone. For failure tests. */
  kill(): Promise<void>
}

/**
 * Starts a service and waits until it says that it is ready. It ends with this process, however that
 * ends: the channel between them closes.
 *
 * @throws ServerError `SERVER_FAILED` with the end of its output when it doesn't get ready.
 */
export const startServiceProcess = async (options: ServiceProcessOptions): Promise<ServiceProcess> => {
  const { name, entry, env, output = 'keep', readyTimeoutMs = 20_000 } = options
  const child = spawn(process.execPath, [...flagsFor(entry), entry], {
    env,
    // A group of its own: Ctrl-C in a terminal reaches the parent alone, which stops its services in order.
    detached: true,
    stdio: output === 'inherit' ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const tail = keepTail(child)
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }

  const ready = await Promise.race([readyMessage(child), exited, late(readyTimeoutMs)])
  if (typeof ready === 'string') {
    await end('SIGKILL')
    throw new ServerError('SERVER_FAILED', [`${name} did not start: ${ready}`, tail()].join('\n').trim())
  }
  return {
    name,
    pid: child.pid as number,
    adminUrl: ready.adminUrl,
    url: ready.url,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

const flagsFor = (entry: string): readonly string[] => {
  if (entry.endsWith('.ts'))
    return ['--conditions=@fastpath/source', '--import', import.meta.resolve('tsx'), '--enable-source-maps']
  return existsSync(`${entry}.map`) ? ['--enable-source-maps'] : []
}

interface Ready {
  readonly ready: true
  readonly adminUrl: string
  readonly url?: string
}

const readyMessage = (child: ChildProcess): Promise<Ready> =>
  new Promise((resolve) => child.once('message', (message) => resolve(message as Ready)))

const late = (timeoutMs: number): Promise<string> =>
  new Promise((resolve) => setTimeout(resolve, timeoutMs, `not ready after ${timeoutMs} ms`).unref())

/** Reads what a process writes, so that it never waits for a full pipe, and keeps the end of it. */
const keepTail = (child: ChildProcess): (() => string) => {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-4_000)
    })
  }
  return () => text
}
