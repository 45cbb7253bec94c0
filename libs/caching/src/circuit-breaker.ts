export interface CircuitBreaker {
  /** False: don't try. */
  readonly closed: boolean
  succeeded(): void
  failed(): void
  /** Until it is mended. */
  open(): void
  /** Now rather than at the next turn; nothing where it is closed. */
  tryToMend(): void
  stop(): void
}

export interface CircuitBreakerOptions {
  /** Makes sure that all is well, in the background: no operation is ever risked for finding out. */
  readonly mend: () => Promise<boolean>
  readonly onChange: (closed: boolean) => void
}

/** One may be a pause of our own process. */
const maxFailures = 3
const mendEveryMs = 250

/** Begins open: closed as soon as `mend` says so, open after some failures in a row. */
export const createCircuitBreaker = ({ mend, onChange }: CircuitBreakerOptions): CircuitBreaker => {
  let closed = false
  let failures = 0
  let stopped = false
  let mending = false
  let openedAgain = false
  let timer: NodeJS.Timeout | undefined

  const open = () => {
    openedAgain = true
    if (closed) {
      closed = false
      onChange(false)
    }
    plan()
  }
  const plan = () => {
    if (stopped) return
    timer ??= setTimeout(() => {
      timer = undefined
      void tryToMend()
    }, mendEveryMs).unref()
  }
  const tryToMend = async () => {
    if (closed || mending || stopped) return
    mending = true
    openedAgain = false
    const isWell = await mend().catch(() => false)
    mending = false
    if (stopped) return
    if (!isWell || openedAgain) return plan()
    failures = 0
    closed = true
    onChange(true)
  }

  plan()
  return {
    get closed() {
      return closed
    },
    succeeded() {
      failures = 0
    },
    failed() {
      if (++failures >= maxFailures) open()
    },
    open,
    tryToMend: () => void tryToMend(),
    stop() {
      stopped = true
      closed = false
      clearTimeout(timer)
    },
  }
}
