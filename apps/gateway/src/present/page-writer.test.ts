import type { ArticleSummary } from '@fastpath/contracts'
import { createMetrics, formatPrometheus } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { SurroundedPage } from '../surroundings.js'
import { createPageWriter } from './page-writer.js'
import type { Author } from './profiles.js'

const start = (fragmentBytes: number) => {
  const metrics = createMetrics()
  const write = createPageWriter({ fragmentBytes, metrics })
  const figure = (name: string) =>
    Number(
      new RegExp(`^fastpath_cache_${name}\\{cache="fragments".*\\} (\\d+)$`, 'm').exec(formatPrometheus(metrics))?.[1],
    )
  return { write, figure }
}
const writeWhole = start(0).write

const odd = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '\u0000'),
)
const id = fc.integer({ min: 1, max: 5 })
const article: fc.Arbitrary<ArticleSummary> = fc.record({
  id,
  slug: odd,
  title: odd,
  description: odd,
  tags: fc.array(odd, { maxLength: 3 }),
  authorId: id,
  favoritesCount: fc.nat(),
  createdAt: fc.nat(),
  updatedAt: fc.nat(),
  version: fc.nat(),
})
const author: fc.Arbitrary<Author> = fc.record({
  username: odd,
  bio: fc.option(odd),
  image: fc.option(odd),
  following: fc.boolean(),
  version: fc.nat(),
})
/** Some of its authors are gone. */
const page: fc.Arbitrary<SurroundedPage> = fc.record({
  articles: fc.array(article, { maxLength: 6 }),
  count: fc.nat(),
  surroundings: fc.record({
    authors: fc.array(fc.tuple(id, author)).map((entries) => new Map(entries)),
    favorites: fc.array(id).map((ids) => new Set(ids)),
  }),
})

test('a page of kept texts is to the byte the page that is written whole, the first time and the second', () => {
  fc.assert(
    fc.property(page, (some) => {
      // Of random pages no two hold the same versions of the same article, but one page may hold an article twice.
      const once = { ...some, articles: [...new Map(some.articles.map((one) => [one.id, one])).values()] }
      const { write } = start(1_000_000)
      expect(write(once)).toBe(writeWhole(once))
      expect(write(once)).toBe(writeWhole(once))
    }),
    { numRuns: 300 },
  )
})

const summary = (changes: Partial<ArticleSummary> = {}): ArticleSummary => ({
  id: 1,
  slug: 'a',
  title: 'A',
  description: '',
  tags: ['t'],
  authorId: 7,
  favoritesCount: 0,
  createdAt: 0,
  updatedAt: 0,
  version: 1,
  ...changes,
})
const by = (changes: Partial<Author> = {}): Author => ({
  username: 'ann',
  bio: null,
  image: null,
  following: false,
  version: 1,
  ...changes,
})
const pageOf = (one: ArticleSummary, written?: Author, favorites: number[] = []): SurroundedPage => ({
  articles: [one],
  count: 1,
  surroundings: { authors: new Map(written && [[one.authorId, written]]), favorites: new Set(favorites) },
})

test('an article is written once for all readers, and again when it or its author has changed', () => {
  const { write, figure } = start(1_000_000)
  const pages = [
    { of: pageOf(summary(), by()), misses: 1 },
    { of: pageOf(summary(), by()), misses: 1 },
    { of: pageOf(summary({ favoritesCount: 1 }), by({ following: true }), [1]), misses: 1 },
    { of: pageOf(summary({ title: 'B', version: 2 }), by()), misses: 2 },
    { of: pageOf(summary({ title: 'B', version: 2 }), by({ bio: 'new', version: 2 })), misses: 3 },
    { of: pageOf(summary({ title: 'B', version: 2 })), misses: 4 },
    { of: pageOf(summary({ title: 'B', version: 2, authorId: 8 }), by({ username: 'bob', version: 2 })), misses: 5 },
  ]
  for (const { of, misses } of pages) {
    expect(write(of)).toBe(writeWhole(of))
    expect(figure('misses_total')).toBe(misses)
  }
  expect(figure('hits_total')).toBe(2)
})

test('two readers of one article never see each other’s flags', () => {
  const { write } = start(1_000_000)
  const flags = (following: boolean, favorites: number[]) => {
    const [read] = JSON.parse(write(pageOf(summary(), by({ following }), favorites))).articles
    return [read.favorited, read.author.following]
  }
  for (let i = 0; i < 3; i++) {
    expect(flags(true, [1])).toEqual([true, true])
    expect(flags(false, [])).toEqual([false, false])
    expect(flags(false, [1, 2])).toEqual([true, false])
  }
})

test('what is kept stays within its bytes, and what does not fit is written all the same', () => {
  const maxBytes = 50_000
  const { write, figure } = start(maxBytes)
  for (let id = 1; id <= 200; id++) {
    const of = pageOf(summary({ id, description: 'й'.repeat(1_000) }), by())
    expect(write(of)).toBe(writeWhole(of))
    expect(figure('bytes')).toBeLessThanOrEqual(maxBytes)
  }
  expect(figure('bytes')).toBeGreaterThan(maxBytes / 2)
  expect(figure('evictions_total')).toBeGreaterThan(150)
  const huge = pageOf(summary({ id: 1_000, description: 'x'.repeat(maxBytes) }), by())
  expect(write(huge)).toBe(writeWhole(huge))
  expect(figure('bytes')).toBeLessThanOrEqual(maxBytes)
})
