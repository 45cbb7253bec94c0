/** When requests are to be sent: at equal distances, whatever becomes of those before. */
export interface Schedule {
  /** The first one's time, by `clockMs`. */
  readonly startMs: number
  readonly intervalMs: number
  readonly count: number
}

export const dueMs = ({ startMs, intervalMs }: Schedule, index: number): number => startMs + index * intervalMs

/** How many are due by then. */
export const dueBy = ({ startMs, intervalMs, count }: Schedule, nowMs: number): number => {
  const due = Math.floor((nowMs - startMs) / intervalMs) + 1
  return Math.min(Math.max(due, 0), count)
}

/** Milliseconds of the one clock that all threads of this machine share; `performance.now()` begins anew in each. */
export const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6
