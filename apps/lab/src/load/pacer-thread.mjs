// JavaScript, because tsx translates nothing for the threads of Node 20.
import { parentPort } from 'node:worker_threads'

const asleep = new Int32Array(new SharedArrayBuffer(4))
/** As in schedule.ts. */
const clockMs = () => Number(process.hrtime.bigint()) / 1e6

parentPort.on('message', ({ schedule: { startMs, intervalMs, count }, knocked }) => {
  for (let next = 0; next < count; next = Math.max(0, Math.floor((clockMs() - startMs) / intervalMs) + 1)) {
    const waitMs = startMs + next * intervalMs - clockMs()
    if (waitMs > 0) Atomics.wait(asleep, 0, 0, waitMs)
    if (Atomics.exchange(knocked, 0, 1) === 0) parentPort.postMessage(null)
  }
  // The last of all may have come due between the last knock and its hearing.
  parentPort.postMessage(null)
})

parentPort.postMessage(null)
