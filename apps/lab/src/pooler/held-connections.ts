import { readFileSync } from 'node:fs'
import postgres from 'postgres'

export interface Held {
  readonly connections: number
  /** Memory that is theirs alone, in MB; undefined where the system doesn't tell. */
  readonly privateMb: number | undefined
}

/** What clients of that `application_name` hold of PostgreSQL: a process for each connection. */
export const heldConnections = async (adminUrl: string, name: string): Promise<Held> => {
  const sql = postgres(adminUrl, { max: 1 })
  try {
    const rows = await sql<{ pid: number }[]>`select pid from pg_stat_activity where application_name = ${name}`
    const kB = rows.map(({ pid }) => privateKbOf(pid))
    const known = kB.filter((one) => one !== undefined)
    const privateMb = known.length === kB.length ? known.reduce((sum, one) => sum + one, 0) / 1024 : undefined
    return { connections: rows.length, privateMb }
  } finally {
    await sql.end()
  }
}

const privateKbOf = (pid: number): number | undefined => {
  try {
    const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+: +(\d+) kB$/gm)
    return [...lines].reduce((sum, [, kB]) => sum + Number(kB), 0)
  } catch {
    return undefined
  }
}
