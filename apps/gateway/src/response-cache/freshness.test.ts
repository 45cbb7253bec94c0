import { type CachePolicy, getTags, ServiceError } from '@fastpath/contracts'
import { until } from '@fastpath/testing'
import { createMetrics, type Log } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import express from 'express'
import { startServer } from '../server.js'
import { createResponseCache } from './response-cache.js'

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error }

/** A server with one kept route whose answer tells how often it was loaded. */
const start = async (policy: CachePolicy) => {
  let loads = 0
  let failure: ServiceError | undefined
  const responses = createResponseCache({
    maxBytes: 1_000_000,
    requestTimeoutMs: 1_000,
    hears: () => true,
    metrics: createMetrics(),
    log: quiet,
  })
  responses.add('/counted', {
    route: { ...getTags, cache: policy },
    checkParams: () => ({}),
    checkQuery: () => ({}),
    answered: () => {},
    load: async () => {
      loads++
      if (failure) throw failure
      return JSON.stringify({ loads })
    },
  })
  const server = await startServer(express(), {
    host: '127.0.0.1',
    port: 0,
    requestTimeoutMs: 1_000,
    timingGate: () => true,
    responses,
    corsOrigins: ['*'],
    timingAllowOrigins: [],
    perMinute: 0,
    trustedProxies: [],
    log: quiet,
  })
  const ask = async () => {
    const res = await fetch(`${server.url}/counted`)
    const source = /cache;desc="(\w+)"/.exec(res.headers.get('server-timing') ?? '')?.[1]
    return { status: res.status, source, age: res.headers.get('age'), body: await res.json() }
  }
  return {
    ask,
    loads: () => loads,
    fail: (code?: 'UNAVAILABLE' | 'NOT_FOUND') => {
      failure = code && new ServiceError(code, 'planted')
    },
    close: server.close,
  }
}

test('past its soft age an answer is sent once more while a fresh one is made', async () => {
  const { ask, loads, close } = await start({ softTtlMs: 100, hardTtlMs: 60_000, staleIfErrorMs: 0 })
  try {
    expect(await ask()).toEqual({ status: 200, source: 'miss', age: null, body: { loads: 1 } })
    let last = await ask()
    await until('it has become old', async () => {
      last = await ask()
      return last.source === 'stale'
    })
    expect([last.age, last.body]).toEqual(['0', { loads: expect.any(Number) }])
    await until('the fresh one is there', async () => JSON.stringify((await ask()).body) > JSON.stringify(last.body))
    expect(loads()).toBeGreaterThan(1)
  } finally {
    await close()
  }
})

test('while no fresh one can be made it is sent up to its end, and then the error; what is gone is gone at once', async () => {
  const { ask, fail, close } = await start({ softTtlMs: 10, hardTtlMs: 20, staleIfErrorMs: 1_500 })
  try {
    await ask()
    fail('UNAVAILABLE')
    await until('it is old', async () => (await ask()).source === 'stale')
    const untilTheEnd: number[] = []
    await until('its end has come', async () => {
      const { status } = await ask()
      untilTheEnd.push(status)
      return status === 503
    })
    expect(untilTheEnd.slice(0, -1).every((status) => status === 200)).toBe(true)
    fail()
    await until('all is well', async () => (await ask()).status === 200)
    fail('NOT_FOUND')
    await until('it is not found', async () => (await ask()).status === 404)
  } finally {
    await close()
  }
})
