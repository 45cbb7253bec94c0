import { expect, test } from '@jest/globals'
import { type Coding, codings, preferredCoding } from './accept-encoding.js'

test.each<[string | undefined, Coding]>([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'identity'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br ; q=0.5 , gzip ; q=0.4', 'br'],
  ['gzip;q=0.1, identity;q=0.5', 'identity'],
  ['gzip;q=0, br;q=0', 'identity'],
  ['gzip;q=0, *', 'br'],
  ['*', 'br'],
  ['*;q=0, gzip', 'gzip'],
  ['identity;q=0, gzip', 'gzip'],
  ['identity;q=0, *', 'br'],
  ['identity;q=0', 'gzip'],
  ['*;q=0', 'identity'],
  ['br;q=nonsense, gzip', 'gzip'],
  ['br;q=2, gzip;q=0.5', 'gzip'],
  ['gzip;q=0, gzip;q=1', 'identity'],
  [', ,;q=1', 'identity'],
])('of all codings %j takes %s', (header, coding) => {
  expect(preferredCoding(header, codings)).toBe(coding)
})

test('what there is goes before what is liked, and what is refused is not sent while anything else will do', () => {
  expect(preferredCoding('br, gzip;q=0.5', ['gzip', 'identity'])).toBe('gzip')
  expect(preferredCoding('br, gzip', ['identity'])).toBe('identity')
  expect(preferredCoding('identity;q=0, br', ['identity'])).toBe('br')
})
