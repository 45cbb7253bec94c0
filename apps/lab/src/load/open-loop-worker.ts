import { createHistogram } from '@fastpath/timing'
import { serveLab } from '../child.js'
import { openConnections } from './free-connections.js'
import type { OpenLoopOrder, OpenLoopTally } from './open-loop.js'
import { type Pacer, startPacer } from './pacer.js'
import { clockMs, dueBy, dueMs, type Schedule } from './schedule.js'
import type { SteadyConnection } from './steady-connection.js'

/** Sends what is due when it is due, or as soon as a connection is free: what waits is late, and its latency tells. */
const work = (pacer: Pacer) => async (order: OpenLoopOrder) => {
  const { address, requests, connections, timeoutMs, maxOutstanding, expectStatus, count, first, step } = order
  const [latency, service, lag] = [createHistogram(), createHistogram(), createHistogram()]
  const failures: Record<string, number> = {}
  const waiting: number[] = []
  let inFlight = 0
  let dropped = 0
  let next = 0
  let finish = () => {}
  let endSending = () => {}
  const sent = new Promise<void>((resolve) => {
    endSending = resolve
  })
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })

  const onDue = () => {
    const nowMs = clockMs()
    for (const due = dueBy(schedule, nowMs); next < due; next++) {
      lag.record(nowMs - dueMs(schedule, next))
      if (inFlight + waiting.length < maxOutstanding) waiting.push(next)
      else dropped++
    }
    sendWaiting()
    if (next === count) endSending()
    finishIfDone()
  }
  const sendWaiting = () => {
    while (waiting.length > 0) {
      const connection = free.take()
      if (!connection) return
      send(connection, waiting.shift() as number)
    }
  }
  const send = (connection: SteadyConnection, index: number) => {
    inFlight++
    const sentMs = clockMs()
    connection.send(requests[(first + index * step) % requests.length] as Buffer, (outcome) => {
      inFlight--
      if (typeof outcome === 'string') fail(outcome)
      else if (outcome.status !== expectStatus) fail(`status ${outcome.status}`)
      else {
        const nowMs = clockMs()
        service.record(nowMs - sentMs)
        latency.record(nowMs - dueMs(schedule, index))
      }
      finishIfDone()
    })
  }
  const fail = (why: string) => {
    failures[why] = (failures[why] ?? 0) + 1
  }
  const finishIfDone = () => {
    if (next === count && inFlight + waiting.length === 0) finish()
  }

  const free = await openConnections({ ...address, connections, timeoutMs, onFree: sendWaiting })
  const startedMs = clockMs()
  const cpu = process.cpuUsage()
  const schedule = scheduleOf(order, startedMs)
  pacer.follow(schedule, onDue)
  await sent
  const { user, system } = process.cpuUsage(cpu)
  const cpuShare = (user + system) / 1000 / (clockMs() - startedMs)
  // What can't be sent for so long after the last was due is dropped; what is in flight has its own time-out.
  const patience = setTimeout(() => {
    dropped += waiting.splice(0).length
    finishIfDone()
  }, timeoutMs)
  await finished
  clearTimeout(patience)
  free.close()
  const counted = { latency: latency.buckets(), service: service.buckets(), lag: lag.buckets() }
  return { ...counted, failures, dropped, cpuShare } satisfies OpenLoopTally
}

/** Several processes take turns: each begins its part of a distance later. */
const scheduleOf = ({ count, intervalMs, first, step }: OpenLoopOrder, nowMs: number): Schedule => ({
  startMs: nowMs + leadMs + (intervalMs * first) / step,
  intervalMs,
  count,
})

/** Until the pacer has heard of the schedule. */
const leadMs = 20

await serveLab(async () => ({ started: null, answer: work(await startPacer()) }))
