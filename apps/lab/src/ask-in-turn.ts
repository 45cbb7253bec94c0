import { createHistogram } from '@fastpath/timing'

/**
 * A round of asking one after the other, for `ms` milliseconds: answers a second, and what each took. `check` throws for
 * an answer that is wrong; its time is not the answer's.
 */
export const askInTurn = async <A>(
  ms: number,
  ask: () => Promise<A>,
  check: (answer: A) => void,
): Promise<Record<string, number>> => {
  const latencies = createHistogram()
  const startedMs = performance.now()
  let nowMs = startedMs
  while (nowMs < startedMs + ms) {
    const sentMs = nowMs
    const answer = await ask()
    nowMs = performance.now()
    latencies.record(nowMs - sentMs)
    check(answer)
  }
  const { count, p50Ms, p99Ms } = latencies.percentiles()
  return { rps: (count * 1000) / (nowMs - startedMs), p50Ms, p99Ms }
}
