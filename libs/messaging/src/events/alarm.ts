/** A wait that others may end early: what rings while nobody waits ends the next wait at once. */
export interface Alarm {
  ring(): void
  wait(ms: number): Promise<void>
}

export const createAlarm = (): Alarm => {
  let rung = false
  let wake: (() => void) | undefined
  return {
    ring() {
      rung = true
      wake?.()
    },
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        wake = undefined
      }
      rung = false
    },
  }
}
