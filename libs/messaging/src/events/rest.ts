export interface Span {
  readonly first: number
  readonly longest: number
}

/** The pause of a consumer whose other side is away: longer each time, until something succeeds. */
export interface Rest {
  readonly resting: boolean
  begin(): void
  /** Resolves when it is over: at once where there is none. */
  over(): Promise<void>
  /** Something has succeeded: the next one is short again. */
  forget(): void
  /** Wakes all, and no rest begins any more. */
  end(): void
}

export const createRest = ({ first, longest }: Span): Rest => {
  const sleepers = new Set<() => void>()
  let nextMs = first
  let untilMs = 0
  let ended = false

  const isResting = () => !ended && performance.now() < untilMs
  return {
    get resting() {
      return isResting()
    },
    begin() {
      // Of many that fail at once, one prolongs it.
      if (isResting()) return
      untilMs = performance.now() + nextMs * (0.75 + Math.random() / 4)
      nextMs = Math.min(nextMs * 2, longest)
    },
    async over() {
      while (isResting()) {
        await new Promise<void>((resolve) => {
          const wake = () => {
            clearTimeout(timer)
            sleepers.delete(wake)
            resolve()
          }
          const timer = setTimeout(wake, Math.ceil(untilMs - performance.now()))
          sleepers.add(wake)
        })
      }
    },
    forget() {
      nextMs = first
    },
    end() {
      ended = true
      for (const wake of sleepers) wake()
    },
  }
}
