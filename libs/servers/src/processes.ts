import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Sends a signal to a process and its children: PostgreSQL is one process per connection. */
export const signalTree = (pid: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): number[] => {
  // Stopped first, so that no child is born between the look and the signal.
  send(pid, signal === 'SIGCONT' ? 'SIGCONT' : 'SIGSTOP')
  const tree = [pid, ...childrenOf(pid)]
  for (const one of tree) send(one, signal)
  return tree
}

/** True when `pid` is the named program at work on `folder`: it has it as an argument or as its working directory. */
export const isProgramOf = (pid: number, program: string, folder: string): boolean => {
  const words = commandLine(pid)
  return words.some((word) => word.includes(program)) && (words.includes(folder) || workingFolder(pid) === folder)
}

/** Waits until none of the processes runs; false when `timeoutMs` ends first. */
export const areGone = async (pids: readonly number[], timeoutMs: number): Promise<boolean> => {
  const until = Date.now() + timeoutMs
  while (pids.some(isRunning)) {
    if (Date.now() > until) return false
    await pause(20)
  }
  return true
}

/** False for a zombie too: it is gone but for its entry in the table. */
export const isRunning = (pid: number): boolean => {
  const stat = statOf(pid)
  if (onLinux) return stat !== null && stat[0] !== 'Z'
  return send(pid, 0)
}

/** Sends a signal; false when there is no such process. */
export const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

const onLinux = process.platform === 'linux'

const childrenOf = (parent: number): number[] => {
  if (onLinux) {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
    return pids.filter((pid) => statOf(pid)?.[1] === String(parent))
  }
  const rows = output('ps', ['-A', '-o', 'pid=', '-o', 'ppid=']).trim().split('\n')
  return rows.map((row) => row.trim().split(/\s+/).map(Number)).flatMap(([pid = 0, of]) => (of === parent ? [pid] : []))
}

/** State, parent, and so on: what follows the name, which may hold blanks and parentheses. */
const statOf = (pid: number): string[] | null => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return null
  }
}

const commandLine = (pid: number): string[] => {
  try {
    return onLinux
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      : output('ps', ['-o', 'command=', '-p', String(pid)])
          .trim()
          .split(' ')
  } catch {
    return []
  }
}

const workingFolder = (pid: number): string | undefined => {
  try {
    if (onLinux) return readlinkSync(`/proc/${pid}/cwd`)
    return /^n(.*)$/m.exec(output('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn']))?.[1]
  } catch {
    return undefined
  }
}

const output = (file: string, args: string[]) =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
