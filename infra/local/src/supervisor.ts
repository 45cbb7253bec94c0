import { type ServiceProcess, startServiceProcess } from '@fastpath/servers'

export interface SupervisedOptions {
  readonly name: string
  readonly entry: string
  readonly env: NodeJS.ProcessEnv
  readonly say: (line: string) => void
}

/** A service that is started again when it crashes. Its addresses stay the same. */
export interface Supervised {
  readonly name: string
  readonly url: string | undefined
  readonly adminUrl: string
  close(): Promise<void>
}

const firstPauseMs = 250
const longestPauseMs = 15_000
/** Who ran this long has not crashed at its start: the pause begins anew. */
const healthyAfterMs = 30_000

/** @throws ServerError when the first start fails; later failures are said and tried again. */
export const supervise = async ({ name, entry, env, say }: SupervisedOptions): Promise<Supervised> => {
  let running: ServiceProcess = await startServiceProcess({ name, entry, env, output: 'inherit' })
  const { url, adminUrl } = running
  const again = { ...env, ADMIN_PORT: new URL(adminUrl).port }
  const stopping = new AbortController()

  const keepUp = async () => {
    let pauseMs = firstPauseMs
    for (;;) {
      const startedMs = performance.now()
      const why = await running.exited
      if (stopping.signal.aborted) return
      if (performance.now() - startedMs > healthyAfterMs) pauseMs = firstPauseMs
      say(`${name} has stopped (${why})`)
      for (let back = false; !back; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
        say(`${name} is started again in ${pauseMs / 1000} s`)
        await pause(pauseMs, stopping.signal)
        if (stopping.signal.aborted) return
        back = await startAgain()
      }
    }
  }

  const startAgain = async (): Promise<boolean> => {
    try {
      running = await startServiceProcess({ name, entry, env: again, output: 'inherit' })
      say(`${name} is back`)
      return true
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
      return false
    }
  }
  const done = keepUp()

  return {
    name,
    url,
    adminUrl,
    async close() {
      stopping.abort()
      await running.stop()
      await done
    },
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
