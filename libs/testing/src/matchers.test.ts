import { Trace } from '@fastpath/timing'
import { expect, test } from '@jest/globals'

const asked = (statements: Readonly<Record<string, number>>, site?: string) => {
  const trace = new Trace()
  for (const [name, times] of Object.entries(statements)) {
    for (let n = 0; n < times; n++) {
      const usage = trace.use(name.includes('.') ? 'operation' : 'statement', name, [n])
      if (site && usage.wantsSite) usage.site = site
    }
  }
  return trace
}
const messageOf = (assertion: () => void): string => {
  try {
    assertion()
    return 'held'
  } catch (error) {
    return (error as Error).message
  }
}

test('a budget holds as long as nothing is above it', () => {
  const trace = asked({ article_page: 1, profiles_by_ids: 1, 'feed.listArticles': 1 })
  expect(trace).toStayWithin({ queries: 2, calls: 1 })
  expect(trace).toStayWithin({ queries: 2 })
  expect(trace).not.toStayWithin({ queries: 1 })
  expect(trace).not.toStayWithin({ queries: 2, calls: 0 })
})

test('past a budget the message lists what was asked for, how often and where', () => {
  const trace = asked({ article_page: 1, profile_by_id: 20, 'feed.listArticles': 1 }, 'apps/feed/src/a.ts:12')
  expect(messageOf(() => expect(trace).toStayWithin({ queries: 4, calls: 2 }))).toBe(
    [
      'expected at most queries: 4, calls: 2; spent queries: 21, calls: 1',
      '  statement profile_by_id 20x, 20 different, at apps/feed/src/a.ts:12',
      '  statement article_page 1x, 1 different',
      '  operation feed.listArticles 1x, 1 different',
    ].join('\n'),
  )
})

test('an N+1 is named with its place and the advice', () => {
  expect(asked({ article_page: 5, 'user.getProfile': 5 })).toHaveNoNPlusOne()
  const trace = asked({ 'user.getProfile': 20 }, 'apps/gateway/src/a.ts:7')
  expect(trace).not.toHaveNoNPlusOne()
  expect(messageOf(() => expect(trace).toHaveNoNPlusOne())).toBe(
    [
      'expected no N+1, but found',
      '  n-plus-one: user.getProfile 20x at apps/gateway/src/a.ts:7; ask for all at once: an operation that takes many keys',
      '  operation user.getProfile 20x, 20 different, at apps/gateway/src/a.ts:7',
    ].join('\n'),
  )
})

test('what is no trace is refused, also by the opposite', () => {
  expect(messageOf(() => expect({}).toHaveNoNPlusOne())).toBe('takes a Trace, such as call.trace, and got object')
  expect(messageOf(() => expect(null).not.toStayWithin({ queries: 1 }))).toContain('takes a Trace')
})
