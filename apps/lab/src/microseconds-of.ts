/** One run's mean over `ms`, garbage collection included; the spread is taken over the rounds. */
export const microsecondsOf = (work: () => unknown, ms: number): number => {
  const startedMs = performance.now()
  let runs = 0
  let elapsedMs = 0
  for (; elapsedMs < ms; elapsedMs = performance.now() - startedMs) {
    // The clock costs as much as the encoding of a small record: it is asked seldom.
    for (let i = 0; i < batch; i++) kept = work()
    runs += batch
  }
  return (elapsedMs * 1000) / runs
}

const batch = 50
/** Held where the compiler can't know that nobody reads it, so that no work is left out. */
export let kept: unknown
