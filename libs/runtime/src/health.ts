/** What a service says of itself. */
export interface Health {
  /** Names a back end and how to ask whether it is well; `ask` rejects where it is not. */
  check(name: string, ask: () => Promise<void>): void
  /** Ready: started and not draining. Back ends are told beside it but don't decide: what can still answer stays in rotation. */
  report(): Promise<HealthReport>
}

export interface HealthReport {
  readonly ready: boolean
  readonly state: 'starting' | 'ready' | 'draining'
  readonly checks: Readonly<Record<string, string>>
}

/** The longest that one back end is waited for. */
const checkTimeoutMs = 1_000

export const createHealth = (state: () => HealthReport['state']): Health => {
  const checks = new Map<string, () => Promise<void>>()
  return {
    check: (name, ask) => void checks.set(name, ask),
    async report() {
      const told = await Promise.all([...checks].map(async ([name, ask]) => [name, await outcome(ask)] as const))
      return { ready: state() === 'ready', state: state(), checks: Object.fromEntries(told) }
    },
  }
}

const outcome = async (ask: () => Promise<void>): Promise<string> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, checkTimeoutMs, `no answer within ${checkTimeoutMs} ms`)
  })
  const asked = ask().then(
    () => 'ok',
    (error: unknown) => (error instanceof Error && error.message) || String(error),
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
