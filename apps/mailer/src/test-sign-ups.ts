/** What those who signed up were told: `lost` is any answer that leaves it open whether they have an account. */
export type Told = 'accepted' | 'refused' | 'lost'

export interface SignUps {
  /** By address, of all that were answered so far. */
  readonly told: ReadonlyMap<string, Told>
  count(told: Told): number
  /** Resolves when those that are on their way are answered. */
  stop(): Promise<void>
}

const atATime = 8
const pauseMs = 1_000
/** Every so many wants a name that somebody has: it is refused for sure, and its address may never get a mail. */
const refuseEvery = 8

/** Signs people up at a gateway, one after another, whatever goes on behind it. */
export const signUpSteadily = (url: string): SignUps => {
  const told = new Map<string, Told>()
  let stopped = false
  let number = 0
  let taken: string | undefined

  const signUp = async (n: number): Promise<void> => {
    const email = `person-${n}@example.com`
    const username = n % refuseEvery === 0 && taken ? taken : `person-${n}`
    const { status } = await fetch(`${url}/api/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: { username, email, password: 'correct horse' } }),
    })
    if (status === 201) taken = username
    told.set(email, status === 201 ? 'accepted' : status < 500 ? 'refused' : 'lost')
  }

  const running = Array.from({ length: atATime }, async () => {
    while (!stopped) {
      await signUp(++number)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  })
  return {
    told,
    count: (what) => [...told.values()].filter((one) => one === what).length,
    async stop() {
      stopped = true
      await Promise.all(running)
    },
  }
}
