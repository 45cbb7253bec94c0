import { startTestService } from '@fastpath/testing'
import type { Log } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express, { type Express } from 'express'
import { rehearse } from './rehearse.js'
import { startTestStack, type TestStack } from './test-stack.js'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.close())

test('who comes first is answered from memory, and nothing is told of those before', async () => {
  const gateway = await startTestService({
    name: 'gateway',
    natsPrefix: stack.natsPrefix,
    env: { CACHE_BYTES: '16000000', RESPONSE_CACHE_BYTES: '16000000', WARM_TIMEOUT_MS: '10000' },
  })
  try {
    const measured = async () => {
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text()
      return [...text.matchAll(/^(fastpath_(?:request_seconds_count|budget_requests_total)\{.*\}) ([1-9]\d*)$/gm)].map(
        ([, series, value]) => [series, value],
      )
    }
    expect(await measured()).toEqual([])
    const { status, headers } = await fetch(`${gateway.url}/api/articles`)
    expect([status, headers.get('server-timing')]).toEqual([200, expect.stringContaining('cache;desc="hit"')])
    expect(headers.get('ratelimit')).toBe('"address";r=5999;t=60')
    expect(await measured()).toEqual([
      ['fastpath_request_seconds_count{route="GetArticles"}', '1'],
      ['fastpath_budget_requests_total{route="GetArticles",budget="within"}', '1'],
    ])
  } finally {
    await gateway.stop()
  }
}, 30_000)

const rehearsed = async (app: Express, untilMs: number) => {
  const warnings: string[] = []
  const log: Log = { debug: () => {}, info: () => {}, warn: (_, message) => warnings.push(message), error: () => {} }
  const options = { host: '127.0.0.1', port: 0, requestTimeoutMs: 60_000, timingGate: () => true, log }
  await rehearse(
    app,
    { ...options, corsOrigins: ['*'], timingAllowOrigins: [], perMinute: 1, trustedProxies: [] },
    untilMs,
  )
  return warnings
}

test('what is never answered is not waited for beyond the time, and what fails ends it at once', async () => {
  let asked = 0
  const silent = express().use(() => {
    asked++
  })
  const untilMs = performance.now() + 300
  expect(await rehearsed(silent, untilMs)).toEqual(['starts unrehearsed'])
  expect(performance.now()).toBeGreaterThanOrEqual(untilMs - 1)
  const failing = express().use((_req, res) => {
    asked++
    res.sendStatus(503)
  })
  expect(await rehearsed(failing, performance.now() + 60_000)).toEqual(['starts unrehearsed'])
  expect(asked).toBe(2)
  expect(await rehearsed(failing, performance.now())).toEqual([])
  expect(asked).toBe(2)
}, 20_000)
