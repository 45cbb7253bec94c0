/**
 * Waits until something holds, by asking again and again: for what can't be awaited. Resolves with the first value that
 * is neither `undefined`, `null` nor `false`.
 *
 * @throws Error with `what` when it does not come true within `timeoutMs`.
 */
export const until = async <T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<Exclude<T, undefined | null | false>> => {
  const giveUpMs = performance.now() + timeoutMs
  for (;;) {
    const value = await ask()
    if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>
    if (performance.now() > giveUpMs) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
