import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Trace } from './trace.js'
import { Usage } from './usage.js'

const used = (...args: unknown[]): Usage => {
  const usage = new Usage()
  for (const one of args) usage.begin(one)
  return usage
}
const facts = ({ count, distinct, mostSame }: Usage) => [count, distinct, mostSame]
const ids = (count: number) => Array.from({ length: count }, (_, id) => [id])
/** A reply's way: through a report into the caller's trace. */
const asTold = (...callees: Trace[]): Trace => {
  const caller = new Trace()
  for (const callee of callees) caller.merge('feed', callee.report(), 0, 1)
  return caller
}

test('the same arguments are told from others, whatever they are made of', () => {
  expect(facts(used())).toEqual([0, 0, 0])
  expect(facts(used([1]))).toEqual([1, 1, 1])
  expect(facts(used([1], [1], [2]))).toEqual([3, 2, 2])
  const values = [1, 1.5, '1', 'one', true, false, null, [1], ['1'], [[1]], 1n, { id: 1 }, { id: 2 }, new Date(1), 2e12]
  expect(facts(used(...values.map((value) => [value])))).toEqual([15, 15, 1])
  expect(facts(used([new Date(5), { id: 1 }], [new Date(5), { id: 1 }]))).toEqual([2, 1, 2])
})

test('large arguments are told apart too', () => {
  const list = Array.from({ length: 5_000 }, (_, i) => i)
  const text = 'x'.repeat(5_000)
  expect(used([list], [list.slice(1)], [[...list.slice(1), 7]]).distinct).toBe(3)
  expect(used([text], [`${text}y`], [`y${text.slice(1)}`]).distinct).toBe(3)
})

test('sixteen different arguments are kept apart, those beyond count as different', () => {
  expect(facts(used(...ids(20)))).toEqual([20, 20, 1])
  expect(facts(used(...ids(20), ...ids(3)))).toEqual([23, 20, 2])
})

test('twenty calls with one statement each come home as twenty different uses, or as twenty of the same', () => {
  const callees = (args: (n: number) => unknown[]) =>
    Array.from({ length: 20 }, (_, n) => {
      const callee = new Trace()
      callee.use('statement', 'profile_by_id', args(n)).end(n, 1)
      return callee
    })
  const one = (trace: Trace) => trace.usages('statement').get('profile_by_id') as Usage
  const different = one(asTold(...callees((n) => [n])))
  expect(facts(different)).toEqual([20, 20, 1])
  expect(different).toMatchObject({ together: 1, slowestMs: 19, mostRows: 1 })
  expect(facts(one(asTold(...callees(() => ['same']))))).toEqual([20, 1, 20])
})

test('rows, waits, the slowest and the place come home with the count, over two hops', () => {
  const callee = new Trace()
  for (const id of ids(7)) {
    const usage = callee.use('statement', 'comment_by_id', id)
    usage.end(id[0] ?? 0, 3)
    usage.waits++
    if (usage.wantsSite) usage.site = 'apps/feed/src/a.ts:12'
  }
  callee.use('operation', 'user.getProfile', ['x'])
  const home = asTold(asTold(callee))
  expect(home.usages('statement').get('comment_by_id')).toMatchObject({
    count: 7,
    distinct: 7,
    together: 7,
    mostRows: 3,
    slowestMs: 6,
    waits: 7,
    site: 'apps/feed/src/a.ts:12',
  })
  expect(home.counts('operation')).toEqual({ 'user.getProfile': 1 })
})

test('a place is asked for at the sixth use, and once', () => {
  const asked = ids(10).map((_, i) => {
    const usage = used(...ids(i))
    return usage.wantsSite
  })
  expect(asked.indexOf(true)).toBe(6)
  const usage = used(...ids(6))
  usage.site = ''
  usage.begin([7])
  expect(usage.wantsSite).toBe(false)
})

test('what an older or newer version reports is understood as far as it goes', () => {
  const old = new Trace()
  old.merge('feed', { timings: [1], counts: [0, 'a', 7, 1, 'b', 2], usages: [] }, 0, 1)
  expect(facts(old.usages('statement').get('a') as Usage)).toEqual([7, 7, 1])
  expect(old.counts('operation')).toEqual({ b: 2 })

  const newer = new Trace()
  const { usages } = asTold(traceOf('a')).report()
  newer.merge('feed', { timings: [1], counts: [9, 'event', 3, 0, 'a', 1], usages: [...usages, ...usages] }, 0, 1)
  expect(newer.counts('statement')).toEqual({ a: 1 })
  expect(newer.usages('statement').get('a')?.mostRows).toBe(5)
})

test('no report, however broken, throws or counts what is no count', () => {
  const anything = fc.oneof(fc.anything(), fc.integer(), fc.string())
  fc.assert(
    fc.property(fc.array(anything), fc.array(anything), (counts, usages) => {
      const trace = new Trace()
      trace.merge('feed', { timings: [1], counts: ['x', 'y', 'z', 0, 'name', 3, ...counts], usages } as never, 0, 1)
      expect(trace.counts('statement').name).toBeGreaterThanOrEqual(3)
      for (const { count, distinct, mostSame } of trace.usages('statement').values()) {
        expect(Number.isSafeInteger(count)).toBe(true)
        expect(distinct).toBeGreaterThan(0)
        expect(mostSame).toBeLessThanOrEqual(count)
      }
    }),
    { examples: [[[{ toString: 0 }, { toString: 0 }, { toString: 0 }], []]] },
  )
})

function traceOf(name: string): Trace {
  const trace = new Trace()
  trace.use('statement', name, [1]).end(1, 5)
  return trace
}
