import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Schedule } from './schedule.js'

export interface Pacer {
  /** Calls `onDue` whenever something of the schedule has come due, several at once it may be. One schedule at a time. */
  follow(schedule: Schedule, onDue: () => void): void
}

/**
 * Wakes the generator when a request is due. Node's timers have a grain of a millisecond, and turning in circles with
 * `setImmediate` takes a core from those who answer; so a thread of its own sleeps until the time, which has a grain of
 * microseconds, and knocks. Measured on two busy cores at 1,000 a second, median lateness and share of a core:
 * timers 0.65 ms and 8 %, circles 0.00 ms and 91 %, this 0.19 ms and 14 %.
 */
export const startPacer = async (): Promise<Pacer> => {
  const thread = new Worker(new URL('pacer-thread.mjs', import.meta.url))
  // 1 while a knock has not been heard: a generator that is late is not to find a heap of them.
  const knocked = new Int32Array(new SharedArrayBuffer(4))
  await once(thread, 'message')
  let hear = () => {}
  thread.on('message', () => {
    Atomics.store(knocked, 0, 0)
    hear()
  })
  return {
    follow(schedule, onDue) {
      hear = onDue
      thread.postMessage({ schedule, knocked })
    },
  }
}
