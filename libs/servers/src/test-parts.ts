import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ask } from './ask.js'
import { nats, startNats } from './nats.js'
import { postgres, startPostgres } from './postgres.js'
import { startupMessage } from './postgres-startup.js'
import { isRunning } from './processes.js'
import { redis, startRedis } from './redis.js'
import type { ServerOptions } from './server.js'
import { smtp, startSmtp } from './smtp.js'
import { sendRaw } from './test-dialogue.js'

/** Each kind with a write that must be kept, and a read that sees it, in its raw protocol. */
export const kinds = [
  {
    kind: postgres,
    start: startPostgres,
    write: (url: string) => told(url, query(url, 'create table kept as select 41 + 1 as it'), /SELECT 1/),
    read: (url: string, timeoutMs?: number) => told(url, query(url, 'select it from kept'), /42/, timeoutMs),
  },
  {
    kind: nats,
    start: startNats,
    write: (url: string) =>
      told(url, request('$JS.API.STREAM.CREATE.kept', '{"name":"kept","subjects":["k"]}'), /"created"/),
    read: (url: string, timeoutMs?: number) =>
      told(url, request('$JS.API.STREAM.INFO.kept', ''), /"name":"kept"/, timeoutMs),
  },
  {
    kind: redis,
    start: startRedis,
    write: (url: string) => told(url, 'SET kept 42\r\n', /\+OK/),
    read: (url: string, timeoutMs?: number) => told(url, 'GET kept\r\n', /42/, timeoutMs),
  },
  {
    kind: smtp({ delayMs: 0, keepMails: 10 }),
    start: startSmtp,
    write: async (url: string) => {
      await sendRaw(url, { to: 'kept@example.com' })
    },
    // It only takes: what it has kept is looked at in smtp.test.ts.
    read: (url: string, timeoutMs?: number) => told(url, '', /^220 /, timeoutMs),
  },
] as const

const told = (url: string, hello: string | Buffer, answer: RegExp, timeoutMs = 10_000) =>
  ask({
    url: new URL(url),
    defaultPort: 0,
    hello,
    timeoutMs,
    judge: (all) => answer.test(all.toString('latin1')) || undefined,
  })

const query = (url: string, sql: string) => {
  const text = Buffer.from(`${sql}\0`)
  const head = Buffer.from('Q\0\0\0\0')
  head.writeInt32BE(4 + text.length, 1)
  return Buffer.concat([startupMessage(new URL(url)), head, text])
}

const request = (subject: string, body: string) =>
  `CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB ${subject} answer ${body.length}\r\n${body}\r\n`

/** Options that take nothing from the environment of the test run. */
export const privately: ServerOptions = { external: false }

/** A folder that does not exist yet, and its removal. */
export const newFolder = () => {
  const folder = join(tmpdir(), `fastpath-test-of-servers-${randomBytes(6).toString('hex')}`)
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

export interface Traces {
  server: number
  guard: number
  folder: string
}

/** What there is of a running server on this machine; its guard is its parent, and knows the folder. */
export const tracesOf = (server: number): Traces => {
  const ps = (column: string, pid: number) =>
    execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', `${pid}`], { encoding: 'utf8' })
  const guard = Number(ps('ppid', server))
  const folder = /fastpath-guard (\S+)/.exec(ps('args', guard))?.[1] ?? ''
  if (!existsSync(folder)) throw new Error(`process ${guard} is no guard of a folder`)
  return { server, guard, folder }
}

/** Kills all that watches over a server: nobody is left to stop it. */
export const killGuard = ({ server, guard }: Traces): void => {
  const children = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')
  const watchers = children
    .map((row) => row.trim().split(/ +/).map(Number))
    .filter(([pid, of]) => of === guard && pid !== server)
  // The watchers first: our process hangs up on a guard that it sees die, and they would still stop the server then.
  for (const [pid = 0] of [...watchers, [guard]]) process.kill(pid, 'SIGKILL')
}

export const nothingOf = ({ server, guard, folder }: Traces) =>
  !isRunning(server) && !isRunning(guard) && !existsSync(folder)

export const until = async (isSo: () => boolean) => {
  while (!isSo()) await pause(20)
}

/** Runs a module as a process of its own, with `start` functions at hand; gives it and the first line that it wrote. */
export const asParent = async (script: string, line = true): Promise<{ parent: ChildProcess; line: string }> => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const head = `const { startPostgres, startNats, startRedis, startSmtp } = await import('./libs/servers/src/index.ts')\n`
  const args = ['--conditions=@fastpath/source', '--import', 'tsx', '--input-type=module', '-e', head + script]
  const { NODE_OPTIONS: _, ...env } = process.env
  const parent = spawn(process.execPath, args, { cwd: root, env, detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  if (!line) return { parent, line: '' }
  const [first] = await once(createInterface({ input: parent.stdout }), 'line')
  return { parent, line: first }
}
