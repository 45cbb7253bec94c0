import { decode, encode, ServiceError } from '@fastpath/contracts'
import { Call } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import { decodeReply, decodeRequest, encodeFailure, encodeReply, encodeRequest, withRemaining } from './frame.js'

const report = {
  timings: [1500, 'db', 200, 900],
  counts: [0, 'article_by_slug', 2],
  usages: [2, 1, 900, 0, 1, 4_000_000_000, 2],
}

test('a request comes out as it went in', () => {
  const call = new Call({ timeoutMs: 1000, viewer: { id: 7 } })
  const { traceId } = call.trace.context
  const request = decodeRequest(encodeRequest(call, ['body'], { fingerprint: 4_000_000_000, remainingMs: 990 }))
  expect(request).toMatchObject({ fingerprint: 4_000_000_000, remainingMs: 990, viewerId: 7, body: ['body'] })
  expect(request.traceparent).toContain(traceId)
})

test('a retry is the same request with less time', () => {
  const first = encodeRequest(new Call({ timeoutMs: 1000 }), ['body'], { fingerprint: 1, remainingMs: 990 })
  expect(decodeRequest(withRemaining(first, 5))).toEqual({ ...decodeRequest(first), remainingMs: 5 })
})

test('a reply and a failure come out as they went in', () => {
  expect(decodeReply(encodeReply(['body'], report))).toEqual({ body: ['body'], report })

  const failure = new ServiceError('CONFLICT', 'taken', {
    fields: { email: ['has already been taken'], __proto__x: [] },
  })
  const { error, report: its } = decodeReply(encodeFailure(failure, report)) as { error: ServiceError; report: unknown }
  expect(error).toMatchObject({ code: 'CONFLICT', message: 'taken', fields: failure.fields })
  expect(its).toEqual(report)
})

test('a reply of an older callee, without usages, is read', () => {
  expect(decodeReply(encode([1, 0, ['body'], [1500], [0, 'a', 1]]))).toEqual({
    body: ['body'],
    report: { timings: [1500], counts: [0, 'a', 1], usages: [] },
  })
})

test('of an internal error nothing crosses but that it is one', () => {
  const failure = new ServiceError('INTERNAL', 'select failed at 10.0.0.7', {
    cause: new Error('secret'),
    fields: { a: ['secret'] },
  })
  expect(decode(encodeFailure(failure))).toEqual([1, 1, ['INTERNAL', 'internal error', null], [], [], []])
})

test('a message that is not well-formed Unicode does not stop the error', () => {
  expect(decodeReply(encodeFailure(new ServiceError('INVALID', 'a\ud800b')))).toMatchObject({
    error: { message: 'a\ufffdb' },
  })
})

test('a code that this side does not know is an internal error', () => {
  expect(decodeReply(encode([1, 1, ['TEAPOT', 'short and stout', null], [], []]))).toMatchObject({
    error: { code: 'INTERNAL' },
  })
})

test.each([
  new Uint8Array(0),
  new Uint8Array([0xc1, 0xff]),
  new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]),
  encode('text'),
  encode([1]),
  encode([2, 0, null, [], [], []]),
  encode([1, 1, 'soon', null, null]),
  encode([1, 1, null, null, []]),
])('what is no frame is refused: %#', (bytes) => {
  expect(() => decodeRequest(bytes)).toThrow()
  expect(() => decodeReply(bytes)).toThrow()
})
