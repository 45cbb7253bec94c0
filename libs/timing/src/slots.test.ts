import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Slots } from './slots.js'

test('holds and lets go what a Map would, however many come and go', () => {
  const steps = fc.array(fc.record({ add: fc.boolean(), pick: fc.nat() }), { maxLength: 1_000 })
  fc.assert(
    fc.property(steps, (all) => {
      const slots = new Slots<object>()
      const expected = new Map<number, object>()
      for (const { add, pick } of all) {
        if (add || expected.size === 0) {
          const value = {}
          const number = slots.add(value)
          expect(expected.has(number)).toBe(false)
          expected.set(number, value)
        } else {
          const number = [...expected.keys()][pick % expected.size] as number
          slots.delete(number)
          slots.delete(number)
          expected.delete(number)
          expect(slots.get(number)).toBeUndefined()
        }
      }
      expect(slots.size).toBe(expected.size)
      for (const [number, value] of expected) expect(slots.get(number)).toBe(value)
      expect(new Map(slots)).toEqual(expected)
    }),
  )
})

test('a number that was let go finds nothing, although its place was taken since', () => {
  const slots = new Slots<string>()
  const first = slots.add('first')
  slots.delete(first)
  for (let i = 0; i < 10_000; i++) {
    const number = slots.add('later')
    expect(number).not.toBe(first)
    expect(slots.has(first)).toBe(false)
    slots.delete(first)
    expect(slots.get(number)).toBe('later')
    slots.delete(number)
  }
})

test('one that stays for long is passed over by all who come after it', () => {
  const slots = new Slots<string>()
  const long = slots.add('long')
  for (let i = 0; i < 10_000; i++) slots.delete(slots.add('short'))
  expect(slots.get(long)).toBe('long')
  expect([...slots]).toEqual([[long, 'long']])
})

test('while it is gone through, what is let go is not met any more, and nobody is left out', () => {
  const slots = new Slots<number>()
  const numbers = Array.from({ length: 30 }, (_, i) => slots.add(i))
  const met = new Set<number>()
  for (const [, value] of slots) {
    met.add(value)
    if (value === 0) for (const number of numbers.slice(20)) slots.delete(number)
    // It grows.
    if (value === 1) for (let i = 100; i < 300; i++) slots.add(i)
  }
  for (let i = 0; i < 20; i++) expect(met).toContain(i)
  for (let i = 20; i < 30; i++) expect(met).not.toContain(i)
})
