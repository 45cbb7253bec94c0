import { expect, test } from '@jest/globals'
import { Trace, type TraceReport } from './trace.js'

const durations = (trace: Trace) => Object.fromEntries(trace.entries().map(({ name, durMs }) => [name, durMs ?? -1]))

test('a span that is open twice at once is counted once', () => {
  const trace = new Trace()
  const { startedMs } = trace
  trace.add('db', startedMs, startedMs + 10)
  trace.add('db', startedMs + 5, startedMs + 15)
  expect(durations(trace).db).toBeCloseTo(15)
})

test('nested begins end with the last end', () => {
  const trace = new Trace()
  trace.begin('db')
  trace.begin('db')
  trace.end('db')
  const whileOpen = trace.coveredMs('db')
  spin(2)
  expect(trace.coveredMs('db')).toBeGreaterThan(whileOpen + 1)
  trace.end('db')
  const closed = trace.coveredMs('db')
  expect(trace.coveredMs('db')).toBe(closed)
})

test('an end without its begin is no harm', () => {
  const trace = new Trace()
  trace.end('db')
  expect(durations(trace).db).toBe(0)
})

test("a callee's parts come under its name, its database also into the caller's", () => {
  const trace = new Trace()
  const start = trace.startedMs
  trace.merge(
    'feed',
    { timings: [8_000, 'db', 1_000, 6_000], counts: [0, 'article_page', 2], usages: [] },
    start,
    start + 10,
  )
  expect(durations(trace)).toMatchObject({ 'feed.db': 6, db: 6 })
  expect(trace.counts('statement')).toEqual({ article_page: 2 })
})

test('two hops one after the other add their databases, two at once count shared time once', () => {
  const report: TraceReport = { timings: [10_000, 'db', 0, 10_000], counts: [], usages: [] }
  const apart = new Trace()
  apart.merge('feed', report, apart.startedMs, apart.startedMs + 10)
  apart.merge('user', report, apart.startedMs + 10, apart.startedMs + 20)
  expect(durations(apart).db).toBeCloseTo(20)

  const together = new Trace()
  together.merge('feed', report, together.startedMs, together.startedMs + 10)
  together.merge('user', report, together.startedMs, together.startedMs + 10)
  expect(durations(together).db).toBeCloseTo(10)
})

test('no part of a callee is larger than the hop, whatever the callee says', () => {
  const trace = new Trace()
  trace.merge(
    'feed',
    { timings: [5_000, 'db', 4_000, 90_000], counts: [], usages: [] },
    trace.startedMs,
    trace.startedMs + 5,
  )
  expect(durations(trace)['feed.db']).toBeLessThanOrEqual(5)
})

test('a report survives the way through another process', () => {
  const [edge, between, callee] = [new Trace(), new Trace(), new Trace()]
  callee.begin('db')
  spin(2)
  callee.end('db')
  callee.use('statement', 'profiles_by_ids', [[1, 2]])
  const dbMs = callee.coveredMs('db')
  between.merge('user', callee.report(), callee.startedMs, performance.now())
  edge.merge('feed', between.report(), between.startedMs, performance.now())
  for (const name of ['feed.user.db', 'feed.db', 'db']) expect(durations(edge)[name]).toBeCloseTo(dbMs, 1)
  expect(edge.countOf('statement')).toBe(1)
})

test('total, db and serialize come first and always, then the hops, each before its parts', () => {
  const trace = new Trace()
  trace.add('feed.db', 0, 1)
  trace.add('feed', 0, 2)
  trace.add('cache', 0, 1)
  trace.describe('cache', 'hit')
  expect(trace.entries().map(({ name, desc }) => [name, desc])).toEqual([
    ['total', undefined],
    ['db', 'Database'],
    ['serialize', 'Serialization'],
    ['cache', 'hit'],
    ['feed', undefined],
    ['feed.db', undefined],
  ])
})

const spin = (ms: number): void => {
  const startedMs = performance.now()
  while (performance.now() - startedMs < ms);
}

test('a word beside an entry is told, also where it took no time', () => {
  const trace = new Trace()
  expect(trace.described('cache')).toBeUndefined()
  trace.describe('cache', 'hit')
  expect(trace.described('cache')).toBe('hit')
  expect(trace.entries()).toContainEqual({ name: 'cache', durMs: 0, desc: 'hit' })
})
