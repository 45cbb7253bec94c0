import { expect, test } from '@jest/globals'
import { slugBase } from './slug.js'

test.each([
  ['How to train your dragon', 'how-to-train-your-dragon'],
  ['  Don’t -- panic!  ', 'dont-panic'],
  ['Äpfel, Öl und Übermut: Straße', 'apfel-ol-und-ubermut-strasse'],
  ['Привет, мир', 'privet-mir'],
  ['深入浅出 Node.js', 'shen-ru-qian-chu-node-js'],
  ['!!! ???', 'article'],
  ['feed', 'feed'],
])('%j becomes %s', (title, slug) => {
  expect(slugBase(title)).toBe(slug)
})

test.each(['🎉', '🐎🐎🐎', '—', '\u200b', '\ud800', '日本語', '한국어', 'مرحبا', '𓀀', ' '])(
  '%j gives something to read in a URL',
  (title) => {
    expect(slugBase(title)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  },
)

test('a long title is cut at the end of a word, a long word anywhere', () => {
  expect(slugBase('twelve chars '.repeat(19))).toBe(Array(6).fill('twelve-chars').join('-'))
  expect(slugBase('a'.repeat(255))).toHaveLength(80)
  expect(slugBase('藏'.repeat(255)).length).toBeLessThanOrEqual(80)
})
