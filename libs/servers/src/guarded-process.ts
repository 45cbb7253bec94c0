import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { guardName, guardScript } from './guard.js'
import type { User } from './user.js'

export interface GuardedCommand {
  /** Where everything of this server lives; made by the guard, as its user, when it isn't there. */
  folder: string
  /** False: the folder is removed at the end. */
  keep: boolean
  /** Run one after the other before the server, in the folder; each must succeed. */
  prepare: readonly string[][]
  command: readonly string[]
  /** Of its environment, besides PATH and the like. */
  variables: Readonly<Record<string, string>>
  stopSignal: 'INT' | 'TERM'
  /** How long the server may take to stop before it is killed. */
  graceS: number
  user: User | null
}

export interface GuardedProcess {
  /** Of the server itself; null while it doesn't run. */
  pid(): number | null
  /** True from the end of the server (or of a failed preparation) to `again`. */
  hasEnded(): boolean
  /** Resolves at the next end of the server, at once when it has ended. */
  ended(): Promise<void>
  /** Starts the server again after its end. */
  again(): void
  /** Stops the server and the guard; resolves when both are gone. False: the guard had been killed before. */
  finish(): Promise<boolean>
  /** While `work` runs, our process stays alive for it; without, a guarded server keeps nobody alive. */
  whileHeld<T>(work: () => Promise<T>): Promise<T>
}

/** Starts a command under a guard (see guard.ts), which stops it when we stop or die. */
export const startGuarded = (guarded: GuardedCommand): GuardedProcess => {
  const { folder, keep, prepare, command, variables, stopSignal, graceS, user } = guarded
  const args = [folder, keep ? 'keep' : '', stopSignal, String(graceS), ...[...prepare, command].map(quoted)]
  const guard = spawn('/bin/sh', ['-c', guardScript, guardName, ...args], {
    cwd: '/',
    // Its own session: Ctrl-C in our terminal goes to us alone, and we stop the server in our own order.
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', ...(process.env.TZ ? { TZ: process.env.TZ } : {}), ...variables },
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  })
  const closed = once(guard, 'close').catch(() => undefined)
  let pid: number | null = null
  let hasEnded = false
  const whenEnded: (() => void)[] = []
  const end = () => {
    hasEnded = true
    for (const resolve of whenEnded.splice(0)) resolve()
  }
  createInterface({ input: guard.stdout }).on('line', (line) => {
    const [word, number] = line.split(' ')
    pid = word === 'started' ? Number(number) : null
    if (word === 'exited') end()
  })
  void closed.then(end)
  // The guard may be gone by the time that we tell it something: its end is seen by `closed`.
  guard.stdin.on('error', () => undefined)

  const handles = [guard, guard.stdin as Socket, guard.stdout as Socket]
  let holders = 0
  const whileHeld = async <T>(work: () => Promise<T>): Promise<T> => {
    if (holders++ === 0) for (const handle of handles) handle.ref()
    try {
      return await work()
    } finally {
      if (--holders === 0) for (const handle of handles) handle.unref()
    }
  }

  return {
    pid: () => pid,
    hasEnded: () => hasEnded,
    ended: () => new Promise((resolve) => (hasEnded ? resolve() : whenEnded.push(resolve))),
    again: () => {
      hasEnded = false
      guard.stdin.write('again\n')
    },
    finish: () =>
      whileHeld(async () => {
        guard.stdin.end()
        await closed
        return pid === null
      }),
    whileHeld,
  }
}

const quoted = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
