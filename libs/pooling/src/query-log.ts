import type { Call, Sweeper, Waiter } from '@fastpath/timing'

export interface QueryLogOptions {
  readonly pool: string
  readonly sweeper: Sweeper
  /** Takes a block of lines; by default standard output, where the log goes too. */
  readonly write?: (text: string) => void
}

export interface LoggedQuery {
  readonly statement: string
  readonly tookMs: number
  /** None where it has failed. */
  readonly rows: number | undefined
  readonly site: string | undefined
}

export interface QueryLog {
  add(call: Call, query: LoggedQuery): void
}

/** Lines kept for one call; the rest is in its totals. */
const maxLines = 200

/**
 * Writes the statements of each call as one block, with its totals, when the call is over: when whoever began it says
 * so, or at its deadline.
 */
export const createQueryLog = ({ pool, sweeper, write = toStandardOutput }: QueryLogOptions): QueryLog => {
  const groups = new Map<Call, Group>()

  const open = (call: Call): Group => {
    const close = (what: string) => {
      if (!groups.delete(call)) return
      sweeper.forget(watched)
      write(describe(pool, what, group))
    }
    const group: Group = { call, expire: () => close('a call'), lines: [], count: 0, rows: 0, tookMs: 0 }
    groups.set(call, group)
    const watched = sweeper.watch(group)
    call.onEnd(close)
    return group
  }

  return {
    add(call, query) {
      const group = groups.get(call) ?? open(call)
      group.count++
      group.rows += query.rows ?? 0
      group.tookMs += query.tookMs
      if (group.lines.length < maxLines) group.lines.push(line(query))
    },
  }
}

interface Group extends Waiter {
  readonly lines: string[]
  count: number
  rows: number
  tookMs: number
}

const line = ({ statement, tookMs, rows, site }: LoggedQuery): string =>
  `${tookMs.toFixed(2).padStart(9)} ms ${amount(rows)}  ${statement.padEnd(28)} ${site ?? ''}`.trimEnd()

const amount = (rows: number | undefined): string =>
  rows === undefined ? '      failed' : `${String(rows).padStart(7)} ${rows === 1 ? 'row ' : 'rows'}`

const describe = (pool: string, what: string, { call, lines, count, rows, tookMs }: Group): string => {
  const { startedMs, context } = call.trace
  const hidden = count > lines.length ? [`          … and ${count - lines.length} more`] : []
  const statements = `${count} statement${count === 1 ? '' : 's'}`
  const inDatabase = `${tookMs.toFixed(2)} ms in PostgreSQL`
  const total = `  = ${statements}, ${rows} row${rows === 1 ? '' : 's'}, ${inDatabase} of ${(performance.now() - startedMs).toFixed(2)} ms`
  return `${[`${pool}: ${what}, trace ${context.traceId}`, ...lines, ...hidden, total].join('\n')}\n`
}

const toStandardOutput = (text: string): void => void process.stdout.write(text)
