import { describe, expect, test } from '@jest/globals'
import { decode as libraryDecode, encode as libraryEncode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { decode } from './decode.js'
import { encode } from './encode.js'
import { LayoutError } from './layout-error.js'

const edges = [0, 31, 32, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53 - 1]
const { wire: wires } = fc.letrec<{ wire: unknown }>((tie) => ({
  wire: fc.oneof(
    { depthSize: 'medium' },
    fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges, ...edges.slice(1).map((edge) => -edge))),
    fc.double().map((value) => value + 0),
    fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 400 })),
    fc.constantFrom(null, true, false),
    fc.array(tie('wire'), { maxLength: 40 }),
  ),
}))

/** The library drops a byte order mark at the start of longer strings. */
const withoutMarks = (wire: unknown): boolean => !JSON.stringify(wire).includes('\ufeff')

test('what is encoded is decoded, and is MessagePack to others', () => {
  fc.assert(
    fc.property(wires.filter(withoutMarks), (wire) => {
      const bytes = encode(wire)
      expect(decode(bytes)).toStrictEqual(wire)
      expect(libraryDecode(bytes)).toStrictEqual(wire)
      expect(decode(libraryEncode(wire))).toStrictEqual(wire)
    }),
    { numRuns: 1_000 },
  )
})

test.each([15, 16, 65_535, 65_536, 200_000])('arrays of %i items and strings as long come back', (size) => {
  const wire = [new Array(size).fill(7), 'x'.repeat(size), 'ж'.repeat(size), '\ufeff'.repeat(size)]
  expect(decode(encode(wire))).toEqual(wire)
})

test('bytes are decoded wherever they lie in their memory', () => {
  const bytes = new Uint8Array(100)
  bytes.set(encode(['text', 1.5, 70_000]), 13)
  expect(decode(bytes.subarray(13, 13 + encode(['text', 1.5, 70_000]).length))).toEqual(['text', 1.5, 70_000])
})

test('an encoded message is not changed by later ones', () => {
  const first = encode(['first', 1, 'x'.repeat(1_000)])
  const copy = Uint8Array.from(first)
  for (let i = 0; i < 100; i++) encode([i, 'y'.repeat(i * 100)])
  encode('z'.repeat(3e6))
  expect(Uint8Array.from(first)).toEqual(copy)
})

test('encoding goes on after a value was refused', () => {
  expect(() => encode([1, 'text', { a: 1 }])).toThrow(LayoutError)
  expect(decode(encode([1, 'text']))).toEqual([1, 'text'])
})

test.each([[undefined], [{}], [new Map()], [1n], [Symbol('s')], [() => 1], [new Uint8Array(2)]])(
  '%p is not encoded',
  (value) => {
    expect(() => encode([value])).toThrow(expect.objectContaining({ code: 'WRONG_VALUE' }))
  },
)

describe('unreadable is', () => {
  const unreadable = (bytes: readonly number[]) =>
    expect(() => decode(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'UNREADABLE' }))

  test('any byte string that is not one whole message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toMatchObject({ name: 'LayoutError', code: 'UNREADABLE' })
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['nothing', []],
    ['bytes left over', [0x01, 0x02]],
    ['a map', [0x80]],
    ['a map with a key', [0x81, 0xa1, 0x61, 0x01]],
    ['a large map', [0xdf, 0, 0, 0, 1]],
    ['a binary', [0xc4, 1, 1]],
    ['an extension', [0xd4, 1, 1]],
    ['a timestamp', [0xd6, 0xff, 0, 0, 0, 0]],
    ['a byte that MessagePack never uses', [0xc1]],
    ['an unsafe integer', [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0]],
    ['a negative unsafe integer', [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]],
    ['a string longer than the message', [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]],
    ['an array longer than the message', [0xdd, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])('%s', (_, bytes) => unreadable(bytes))

  test('a tower of arrays that each claim as much as they can', () => {
    const header = [0xdd, 0x00, 0x0f, 0xff, 0xff]
    const started = performance.now()
    unreadable(Array.from({ length: 1_000_000 }, (_, index) => header[index % 5] as number))
    unreadable(new Array(1_000_000).fill(0x91))
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
