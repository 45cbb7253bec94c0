import type { Log } from '@fastpath/timing'

const quietMs = 10_000

/** A warning for what may come thousands of times a second: one line in ten seconds says it. */
export const logRarely = (log: Log, message: string) => {
  let quietUntilMs = 0
  return (details: object): void => {
    if (performance.now() < quietUntilMs) return
    quietUntilMs = performance.now() + quietMs
    log.warn(details, message)
  }
}
