import { expect, test } from '@jest/globals'
import { Call, type Log } from '../call.js'
import { createMetrics } from '../metrics/metrics.js'
import { formatPrometheus } from '../metrics/prometheus.js'
import { createJudge, type JudgeMode } from './judge.js'
import { formatServerTiming } from './server-timing.js'
import { Trace } from './trace.js'
import { findVerdicts } from './verdicts.js'

const repeat = (trace: Trace, name: string, times: number, args: (n: number) => unknown[] = (n) => [n]) => {
  for (let n = 0; n < times; n++) {
    const usage = trace.use(name.includes('.') ? 'operation' : 'statement', name, args(n))
    if (usage.wantsSite) usage.site = `apps/shop/${name}.ts:12`
  }
}
const asked = (name: string, times: number, args?: (n: number) => unknown[]) => {
  const trace = new Trace()
  repeat(trace, name, times, args)
  return trace
}
const found = (trace: Trace) => findVerdicts(trace).map(({ verdict, says }) => `${verdict}: ${says}`)
/** A request that began that long ago. */
const tookMs = (ms: number) => Object.assign(new Trace(), { startedMs: performance.now() - ms })

test('five are no mistake, six are: with other arguments an N+1, with the same a duplicate', () => {
  expect(found(asked('user_by_id', 5))).toEqual([])
  expect(found(asked('user_by_id', 6))).toEqual(['n-plus-one: user_by_id 6x at apps/shop/user_by_id.ts:12'])
  expect(found(asked('settings', 6, () => ['all']))).toEqual(['duplicate: settings 6x at apps/shop/settings.ts:12'])
  expect(found(asked('user.get', 20))).toEqual(['n-plus-one: user.get 20x at apps/shop/user.get.ts:12'])
  // Of a mix: what most are.
  expect(findVerdicts(asked('a', 6, (n) => [n % 2])).map(({ verdict }) => verdict)).toEqual(['n-plus-one'])
  expect(findVerdicts(asked('a', 14, (n) => [n % 2])).map(({ verdict }) => verdict)).toEqual(['duplicate'])
})

test('statements that only follow from repeated calls are not told a second time; those of a loop of their own are', () => {
  const root = asked('user.getProfile', 20)
  for (let n = 0; n < 20; n++) {
    const callee = new Trace()
    callee.use('statement', 'profile_by_id', [n])
    repeat(callee, 'badges_of', n === 3 ? 7 : 1, (i) => [n, i])
    root.merge('user', callee.report(), 0, 1)
  }
  expect(found(root)).toEqual([
    'n-plus-one: user.getProfile 20x at apps/shop/user.getProfile.ts:12',
    'n-plus-one: badges_of 26x at apps/shop/badges_of.ts:12',
  ])
})

test('more than a thousand rows of one statement are unbounded', () => {
  const trace = new Trace()
  trace.use('statement', 'all_users', []).end(1, 1_000)
  expect(found(trace)).toEqual([])
  trace.use('statement', 'all_users', []).end(1, 1_001)
  expect(found(trace)).toEqual(['unbounded: all_users returned 1001 rows'])
})

test('a statement with more than 80 % of a request above 20 ms is fat', () => {
  const kinds = (requestMs: number, statementMs: number) => {
    const trace = tookMs(requestMs)
    trace.use('statement', 'report', []).end(statementMs, 1)
    return findVerdicts(trace).map(({ verdict, name }) => [verdict, name])
  }
  expect(kinds(200, 190)).toEqual([['fat', 'report']])
  expect(kinds(200, 150)).toEqual([])
  expect(kinds(10, 9.9)).toEqual([])
})

test('a slow request that waited for a place in a pool says whose', () => {
  const trace = tookMs(100)
  const callee = tookMs(90)
  callee.add('pool', callee.startedMs, callee.startedMs + 60)
  callee.use('statement', 'report', []).waits++
  trace.merge('feed', callee.report(), trace.startedMs, trace.startedMs + 95)
  expect(findVerdicts(trace)).toMatchObject([{ verdict: 'pool-wait', name: 'feed.pool', count: 1 }])
})

const judged = (mode: JudgeMode, requests: number) => {
  const lines: string[] = []
  const log = { warn: (_: object, message: string) => lines.push(message) } as unknown as Log
  const metrics = createMetrics()
  const judge = createJudge({ mode, metrics })
  const results = Array.from({ length: requests }, () => {
    const trace = asked('user.get', 20)
    const failing = judge(new Call({ timeoutMs: 1_000, trace, log }), 'GET /users')
    return { failing: failing.map(({ verdict }) => verdict), header: formatServerTiming(trace.entries()) }
  })
  return { lines, results, metrics: formatPrometheus(metrics) }
}
const counted = (count: number) => `fastpath_verdicts_total{verdict="n-plus-one",route="GET /users"} ${count}\n`
const entry = 'n-plus-one;desc="user.get 20x at apps/shop/user.get.ts:12"'

test('warn: every request is counted and noted in Server-Timing, the place told once', () => {
  const { lines, results, metrics } = judged('warn', 3)
  expect(metrics).toContain(counted(3))
  expect(lines).toEqual([
    'n-plus-one: user.get 20x at apps/shop/user.get.ts:12, in GET /users; ask for all at once: an operation that takes many keys',
  ])
  for (const { failing, header } of results) {
    expect(header).toContain(entry)
    expect(failing).toEqual([])
  }
})

test('count: counters, one example a minute, and nothing in Server-Timing', () => {
  const { lines, results, metrics } = judged('count', 3)
  expect(metrics).toContain(counted(3))
  expect(lines).toHaveLength(1)
  for (const { header } of results) expect(header).not.toContain('n-plus-one')
})

test('fail: the verdicts to fail for; a slow or large answer is not one of them', () => {
  expect(judged('fail', 1).results[0]?.failing).toEqual(['n-plus-one'])
  const trace = new Trace()
  trace.use('statement', 'all_users', []).end(1, 5_000)
  const judge = createJudge({ mode: 'fail', metrics: createMetrics() })
  expect(judge(new Call({ timeoutMs: 1_000, trace }), 'GET /users')).toEqual([])
  expect(formatServerTiming(trace.entries())).toContain('unbounded;desc="all_users returned 5000 rows"')
})

test('off: nothing at all', () => {
  const { lines, results, metrics } = judged('off', 1)
  expect([lines, results[0]?.failing, metrics]).toEqual([[], [], ''])
})
