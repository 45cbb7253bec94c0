import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatServerTiming, parseServerTiming } from './server-timing.js'

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

const text = fc.string({ unit: 'binary', maxLength: 80 })
const entry = fc.record({ name: text, desc: text, durMs: fc.double({ min: 0, max: 1e6, noNaN: true }) })

test('no name or description can break the header, add an entry to it or inject another', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
      const header = formatServerTiming(entries)
      expect(header).toMatch(/^[\x20-\x7e]*$/)
      const read = parseServerTiming(header)
      expect(read).toHaveLength(entries.length)
      // What was read is what was meant: written again, it stays the same.
      expect(formatServerTiming(read)).toBe(header)
    }),
  )
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
