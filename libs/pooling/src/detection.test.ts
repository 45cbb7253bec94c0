import { readFileSync } from 'node:fs'
import { testServers } from '@fastpath/testing'
import { Call, findVerdicts } from '@fastpath/timing'
import { afterAll, expect, test } from '@jest/globals'
import { createPool } from './pool.js'
import { statement } from './statement.js'

const echo = statement<{ n: number }, [n: number]>('echo', 'select $1::integer as n')
const series = statement<{ n: number }, [n: number]>('series', 'select generate_series(1, $1) as n')
const sleep = statement<object, [seconds: number]>('sleep', 'select pg_sleep($1)')

const pool = createPool({ url: testServers().postgresUrl, max: 1 })
afterAll(() => pool.close())

const newCall = () => new Call({ timeoutMs: 5_000 })
const numbers = Array.from({ length: 20 }, (_, i) => i)
const source = readFileSync(new URL(import.meta.url), 'utf8').split('\n')
const lineOf = (mark: string) =>
  `libs/pooling/src/detection.test.ts:${source.findIndex((text) => text.endsWith(`// ${mark}`)) + 1}`
// Without those that depend on how slow the machine is.
const verdictsOf = (call: Call) =>
  findVerdicts(call.trace, { slowMs: Number.POSITIVE_INFINITY }).map(({ verdict, name, count, site }) => ({
    verdict,
    name,
    count,
    site,
  }))

test('a loop, and twenty at once, are an N+1 at the line that asks', async () => {
  const looping = newCall()
  for (const n of numbers) {
    await pool.one(looping, echo, [n]) // loop
  }
  expect(verdictsOf(looping)).toEqual([{ verdict: 'n-plus-one', name: 'echo', count: 20, site: lineOf('loop') }])

  const atOnce = newCall()
  const ask = (n: number) => pool.run(atOnce, echo, [n]) // at once
  await Promise.all(numbers.map(ask))
  expect(verdictsOf(atOnce)).toEqual([{ verdict: 'n-plus-one', name: 'echo', count: 20, site: lineOf('at once') }])
})

test('the same again and again is a duplicate, also within a transaction', async () => {
  const call = newCall()
  await pool.transaction(call, async (tx) => {
    for (const _ of numbers) await tx.one(echo, [7]) // transaction
  })
  expect(verdictsOf(call)).toEqual([{ verdict: 'duplicate', name: 'echo', count: 20, site: lineOf('transaction') }])
})

test('where call sites are off, the N+1 is found without its place', async () => {
  const blind = createPool({ url: testServers().postgresUrl, max: 1, callSites: false })
  try {
    const call = newCall()
    await Promise.all(numbers.map((n) => blind.one(call, echo, [n])))
    expect(verdictsOf(call)).toEqual([{ verdict: 'n-plus-one', name: 'echo', count: 20, site: undefined }])
  } finally {
    await blind.close()
  }
})

test('rows, the slowest run and waits are known by statement', async () => {
  const call = newCall()
  // The ninth waits: eight are sent ahead.
  await Promise.all(numbers.slice(0, 9).map(() => pool.run(call, sleep, [0.02])))
  await pool.run(call, series, [1_500])
  const { sleep: slept, series: many } = Object.fromEntries(call.trace.usages('statement'))
  expect(slept).toMatchObject({ count: 9, distinct: 1, waits: 1 })
  expect(slept?.slowestMs).toBeGreaterThanOrEqual(20)
  expect(many).toMatchObject({ mostRows: 1_500, waits: 0 })
  expect(verdictsOf(call).map(({ verdict, name }) => [verdict, name])).toContainEqual(['unbounded', 'series'])
})

test('the query log shows each statement with its rows and its place', async () => {
  const written: string[] = []
  const write = process.stdout.write
  const logging = createPool({ url: testServers().postgresUrl, max: 1, name: 'shop', queryLog: true })
  try {
    process.stdout.write = ((text: string) => written.push(text) > 0) as typeof write
    const call = newCall()
    await logging.run(call, series, [3]) // logged
    call.end('shop.list')
    expect(written.join('')).toMatch(new RegExp(`shop: shop\\.list.*\\n.* 3 rows {2}series +${lineOf('logged')}\\n`))
  } finally {
    process.stdout.write = write
    await logging.close()
  }
})
