import { expect, test } from '@jest/globals'
import { formatTraceparent, newTraceContext, parseTraceparent } from './traceparent.js'

const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('reads and writes the form of the W3C', () => {
  const context = parseTraceparent(header)
  expect(context).toEqual({ traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', sampled: true })
  expect(context && formatTraceparent(context)).toBe(header)
})

test.each([
  ['nothing', undefined],
  ['another form', 'abc'],
  ['a trace of zeros', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
  ['a parent of zeros', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
  ['the forbidden version', header.replace(/^00/, 'ff')],
  ['more than version 00 has', `${header}-more`],
])('%s starts a new trace', (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined()
})

test('a later version is read by what is known of it', () => {
  expect(parseTraceparent(`${header.replace(/^00/, '01')}-more`)?.traceId).toBe('0af7651916cd43dd8448eb211c80319c')
})

test('new contexts are valid and differ', () => {
  const contexts = Array.from({ length: 1_000 }, newTraceContext)
  for (const context of contexts) expect(parseTraceparent(formatTraceparent(context))).toEqual(context)
  expect(new Set(contexts.map(({ traceId }) => traceId)).size).toBe(1_000)
})
