/** How often a process may send a call a second time. */
export interface RetryBudget {
  /** A call was sent for the first time. */
  earn(): void
  /** True when one more retry may be sent now. */
  take(): boolean
}

/**
 * One retry for every ten calls, as a token bucket: a dead instance is survived, while a slow service never gets more
 * than a tenth on top of its load. `most` is the size of a burst of retries, about what one instance may hold when it
 * dies; `atFirst` is for a process that has hardly called yet.
 */
export const createRetryBudget = ({ callsPerRetry = 10, most = 100, atFirst = 10 } = {}): RetryBudget => {
  let credit = atFirst * callsPerRetry
  return {
    earn() {
      if (credit < most * callsPerRetry) credit++
    },
    take() {
      if (credit < callsPerRetry) return false
      credit -= callsPerRetry
      return true
    },
  }
}
