import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createAnswerReader, type HttpAnswer } from './http-answer.js'

/** What is read of pieces that come one after the other. */
const read = (...pieces: string[]): HttpAnswer[] => {
  const answers: HttpAnswer[] = []
  const { take } = createAnswerReader((answer) => answers.push(answer))
  for (const piece of pieces) take(Buffer.from(piece))
  return answers
}

const known = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nknown'
const chunked =
  'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n'
const empty = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'
const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n'

test.each([
  [known, { status: 200, bodyBytes: 5, closes: false }],
  [chunked, { status: 201, bodyBytes: 13, closes: false }],
  [empty, { status: 204, bodyBytes: 0, closes: true }],
  [`${early}${known}`, { status: 200, bodyBytes: 5, closes: false }],
  ['HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n', { status: 500, bodyBytes: 0, closes: false }],
])('%#: an answer ends where it ends, however it is cut into pieces', (text, answer) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
      const pieces = places.slice(1).map((end, i) => text.slice(places[i], end))
      expect(read(...pieces)).toEqual([answer])
      expect(read(...pieces, ...pieces)).toEqual([answer, answer])
    }),
  )
})

test.each([
  ['no HTTP/1.1', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['neither a content-length nor chunks', 'HTTP/1.1 200 OK\r\n\r\n'],
  ['chunk of the size "many"', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n'],
  ['more than its answer', `${known}x`],
  ['no end of its headers', `HTTP/1.1 200 OK\r\n${'x'.repeat(20_000)}`],
])('refused: %s', (why, text) => {
  expect(() => read(text)).toThrow(why)
})
