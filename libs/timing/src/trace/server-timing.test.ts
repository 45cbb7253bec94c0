import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatServerTiming, parseServerTiming, type TimingEntry } from './server-timing.js'
import { Trace } from './trace.js'

test('writes tokens, quoted descriptions and milliseconds', () => {
  const header = formatServerTiming([
    { name: 'total', durMs: 12.345 },
    { name: 'db', durMs: 3, desc: 'Database' },
  ])
  expect(header).toBe('total;dur=12.35, db;desc="Database";dur=3')
})

test('reads what browsers read', () => {
  expect(
    parseServerTiming('miss, db;dur=53, app;dur=47.2;desc="a, \\"b\\"; c";x=1, cache ; desc=hit;dur=1;dur=2'),
  ).toEqual([
    { name: 'miss' },
    { name: 'db', durMs: 53 },
    { name: 'app', durMs: 47.2, desc: 'a, "b"; c' },
    { name: 'cache', durMs: 1, desc: 'hit' },
  ])
})

/** Whatever is likeliest to break out of a name, of quotes, of an entry or of the header, between any other text. */
const nasty = fc.constantFrom(
  ...[
    '"',
    '\\',
    '\\"',
    ',',
    ';',
    '=',
    ', evil;dur=1',
    '";dur=9, evil;desc="',
    '\r\nSet-Cookie: evil=1\r\n\r\n',
    '\n',
    '\0',
  ],
  ...[
    '\x7f',
    '\ud800',
    '\udfff',
    'é',
    '日本',
    '\u2028',
    '😀',
    '__proto__',
    'constructor',
    'total',
    ' ',
    '\t',
    'a'.repeat(300),
  ],
)
const any = fc.string({ unit: 'binary', maxLength: 80 })
const text = fc.oneof(
  any,
  nasty,
  fc.array(fc.oneof(nasty, any), { maxLength: 6 }).map((parts) => parts.join('')),
)
const ms = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double())
const entry: fc.Arbitrary<TimingEntry> = fc.record({ name: text, desc: text, durMs: ms }, { requiredKeys: ['name'] })
/** As many as certainly fit: what is left out past 2 kB has a test of its own. */
const someEntries = fc.array(entry, { minLength: 1, maxLength: 8 }).filter((entries) => sizeOf(entries) < 1_000)
const sizeOf = (entries: TimingEntry[]) =>
  entries.reduce((sum, { name, desc = '' }) => sum + name.length + 2 * desc.length + 40, 0)

test('no name or description can break the header, add an entry to it or inject another', () => {
  fc.assert(
    fc.property(someEntries, (entries) => {
      const header = formatServerTiming(entries)
      expect(header).toMatch(/^[\x20-\x7e]*$/)
      const read = parseServerTiming(header)
      expect(read).toHaveLength(entries.length)
      // What was read is what was meant: written again, it stays the same.
      expect(formatServerTiming(read)).toBe(header)
    }),
  )
})

test('however long names and descriptions are, the header stays below 2 kB and keeps its first entry', () => {
  const long = fc.record({ name: text, desc: fc.array(nasty, { maxLength: 400 }).map((parts) => parts.join('')) })
  fc.assert(
    fc.property(fc.array(long, { minLength: 1, maxLength: 20 }), (entries) => {
      const header = formatServerTiming(entries)
      expect(header.length).toBeLessThanOrEqual(2048)
      expect(formatServerTiming(parseServerTiming(header))).toBe(header)
      const [first] = parseServerTiming(header)
      expect(first).toEqual(parseServerTiming(formatServerTiming(entries.slice(0, 1)))[0])
    }),
  )
})

test('a description that is cut where it would be escaped still ends with its quote', () => {
  for (let length = 250; length < 260; length++) {
    const header = formatServerTiming([{ name: 'a', desc: `${'x'.repeat(length)}"` }, { name: 'b' }])
    expect(parseServerTiming(header).map(({ name }) => name)).toEqual(['a', 'b'])
  }
})

test('durations are written to a hundredth of a millisecond, as short as they go', () => {
  const written = (durMs: number) => formatServerTiming([{ name: 'a', durMs }]).slice('a;dur='.length)
  fc.assert(
    fc.property(ms, (durMs) => {
      const rounded = Math.round(durMs * 100) / 100
      expect(written(durMs)).toBe(String(Number.isFinite(rounded) ? rounded : 0))
    }),
  )
  expect([12.3, 0.004, 0.05, 7, 1234.5678].map(written)).toEqual(['12.3', '0', '0.05', '7', '1234.57'])
})

test('a name keeps its own description each time', () => {
  const written = ['hit', 'miss', undefined, 'hit'].map((desc) =>
    formatServerTiming([desc === undefined ? { name: 'cache' } : { name: 'cache', desc }]),
  )
  expect(written).toEqual(['cache;desc="hit"', 'cache;desc="miss"', 'cache', 'cache;desc="hit"'])
})

test('a span may be called like what every object has', () => {
  const trace = new Trace()
  for (const name of ['__proto__', 'constructor', 'toString']) trace.add(name, 0, 1)
  const header = formatServerTiming(trace.entries())
  expect(header).toMatch(/, __proto__;dur=1, constructor;dur=1, toString;dur=1$/)
})

describe('in an answer of Node', () => {
  let header = ''
  const server = createServer((_req, res) => res.setHeader('server-timing', header).end())
  beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
  afterAll(() => void server.close())

  test('no name or description can add a header, and what arrives is what was written', async () => {
    const { port } = server.address() as AddressInfo
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (entries) => {
        header = formatServerTiming(entries)
        const [res] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [IncomingMessage]
        res.resume()
        expect(res.statusCode).toBe(200)
        const names = res.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
        expect(names.sort()).toEqual(['connection', 'content-length', 'date', 'keep-alive', 'server-timing'])
        expect(res.headers['server-timing']).toBe(header)
      }),
    )
  })
})

test('what stands in a header as it is comes back as it was', () => {
  const printable = fc.stringMatching(/^[\x20-\x7e]{0,60}$/)
  fc.assert(
    fc.property(printable, (desc) => {
      expect(parseServerTiming(formatServerTiming([{ name: 'a', desc }]))[0]?.desc).toBe(desc)
    }),
  )
})

test('any text can be read without an error', () => {
  fc.assert(fc.property(text, (header) => void expect(Array.isArray(parseServerTiming(header))).toBe(true)))
})

test('past 2 kB the smallest entries go, the first stays', () => {
  const entries = Array.from({ length: 200 }, (_, i) => ({ name: `entry-${i}`, durMs: i, desc: 'some words' }))
  const header = formatServerTiming([{ name: 'total', durMs: 0 }, ...entries])
  expect(header.length).toBeLessThanOrEqual(2048)
  const names = parseServerTiming(header).map(({ name }) => name)
  expect(names[0]).toBe('total')
  expect(names.at(-1)).toBe('entry-199')
  expect(names).not.toContain('entry-0')
})
