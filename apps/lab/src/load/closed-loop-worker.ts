import { createHistogram } from '@fastpath/timing'
import { serveLab } from '../child.js'
import type { LoadReport, LoadRequest } from './closed-loop.js'
import { openHttpConnection } from './http-connection.js'
import { addressOf, encodeRequest } from './http-request.js'

/** Each connection asks again as soon as it has its answer, until the time is over. */
const work = async ({ url, headers = {}, connections, ms, bodyBytes }: LoadRequest): Promise<LoadReport> => {
  const request = encodeRequest({ url, headers })
  const latency = createHistogram()
  let endMs = Number.POSITIVE_INFINITY
  let working = connections
  let finish = () => {}
  let fail = (_: Error) => {}
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })

  const open = async () => {
    let sentMs = 0
    const connection = await openHttpConnection({
      ...addressOf(url),
      onError: fail,
      onAnswer: (answer) => {
        if (answer.status !== 200) return fail(new Error(`${url} answered ${answer.status}`))
        if (answer.bodyBytes !== bodyBytes)
          return fail(new Error(`${url} sent a body of ${answer.bodyBytes} bytes instead of ${bodyBytes}`))
        const nowMs = performance.now()
        latency.record(nowMs - sentMs)
        if (nowMs < endMs) send(nowMs)
        else if (--working === 0) finish()
      },
    })
    const send = (nowMs: number) => {
      sentMs = nowMs
      connection.send(request)
    }
    return { send, close: connection.close }
  }

  const all = await Promise.all(Array.from({ length: connections }, open))
  const startMs = performance.now()
  endMs = startMs + ms
  try {
    for (const { send } of all) send(startMs)
    await finished
  } finally {
    for (const { close } of all) close()
  }
  const requests = latency.buckets().count
  return {
    requests,
    rps: (requests * 1000) / (performance.now() - startMs),
    p50Ms: latency.percentileMs(0.5),
    p99Ms: latency.percentileMs(0.99),
  }
}

await serveLab(async () => ({ started: null, answer: work }))
