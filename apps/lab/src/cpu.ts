import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * CPU time that processes and all their descendants have used since they started, user and system, in milliseconds;
 * descendants that have ended count too. Undefined where the system doesn't tell (there is no /proc but on Linux).
 * Its grain is a clock tick, usually 10 ms: take it over a second or more.
 */
export const cpuMsOf = (pids: readonly number[]): number | undefined => {
  const ticksPerSecond = clockTicks()
  if (!ticksPerSecond) return undefined
  let ticks = 0
  for (const pid of withDescendants(pids)) ticks += readStat(pid)?.ticks ?? 0
  return (ticks / ticksPerSecond) * 1000
}

/**
 * CPU time in microseconds for each of what `work` says it did. An object for a round's figures: empty where unknown.
 *
 * @example const { cpuUs } = await cpuPer([gatewayPid, natsPid], async () => (await load(url)).requests)
 */
export const cpuPer = async (pids: readonly number[], work: () => Promise<number>): Promise<{ cpuUs?: number }> => {
  const before = cpuMsOf(pids)
  const done = await work()
  const after = cpuMsOf(pids)
  if (before === undefined || after === undefined || done === 0) return {}
  return { cpuUs: ((after - before) * 1000) / done }
}

interface Stat {
  readonly parent: number
  /** Own and those of children that have ended and were waited for. */
  readonly ticks: number
}

/** Exported for its test. The name of a process stands in brackets and may hold spaces and brackets itself. */
export const parseStat = (text: string): Stat => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0)
  return { parent: Number(fields[1]), ticks }
}

const readStat = (pid: number): Stat | undefined => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // It has ended since: its parent's sum has it now.
    return undefined
  }
}

const withDescendants = (pids: readonly number[]): Set<number> => {
  const all = new Set(pids)
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const stat = pid > 0 ? readStat(pid) : undefined
    if (stat) parents.set(pid, stat.parent)
  }
  const belongs = (pid: number): boolean => {
    if (all.has(pid)) return true
    const parent = parents.get(pid)
    if (!parent || !belongs(parent)) return false
    all.add(pid)
    return true
  }
  for (const pid of parents.keys()) belongs(pid)
  return all
}

let ticksOfThisSystem: number | undefined
const clockTicks = (): number => {
  if (process.platform !== 'linux') return 0
  try {
    ticksOfThisSystem ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  } catch {
    // Linux has reported 100 on every architecture that Node runs on.
    ticksOfThisSystem = 100
  }
  return ticksOfThisSystem
}
