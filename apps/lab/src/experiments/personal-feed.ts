import { type ArticlePage, feedContract, type ListFollowedArticles } from '@fastpath/contracts'
import { connect } from '@fastpath/messaging'
import { Call } from '@fastpath/timing'
import postgres from 'postgres'
import { askInTurn } from '../ask-in-turn.js'
import type { Experiment, Variant } from '../experiment.js'
import { interleave } from '../rounds.js'
import { startStack } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'

export const personalFeed: Experiment = {
  name: 'personal-feed',
  summary:
    'A page of the personal feed for readers of 10, 200 and 2,000 of 10,000 authors, and of 2,000 who wrote long ago.',
  heldEqual:
    'the feed service as it runs in production, its real statements, 20 articles a page, one call at a time from another process; ' +
    'every answer is checked against what the database holds, and each is one statement.',
  teaches:
    'Who follows few is served by looking up each author’s newest articles, who follows many by walking the newest of all ' +
    'until a page is full: choose by how many there are, and end the walk somewhere, for those whose authors no longer write.',

  async run(lab) {
    const articles = lab.quick ? 30_000 : 100_000
    const stack = await startStack(lab, {
      articles,
      favorites: 1_000,
      comments: 1_000,
      follows: 1_000,
      services: ['feed'],
    })
    const bus = lab.own(await connect({ url: stack.natsUrl, name: 'lab' }))
    const { listFollowedArticles } = bus.client(feedContract)
    const articlesOf = await byAuthor(stack.databaseUrls.feed)
    const variant = (name: string, authorIds: readonly number[]): Variant =>
      variantOf(name, { ask: listFollowedArticles, authorIds, expected: newestOf(articlesOf, authorIds) })
    const { users } = stack.dataset.size
    const some = (count: number) => Array.from({ length: count }, (_, i) => 1 + Math.floor((i * users) / count))
    const quiet = quietest(articlesOf, 2_000)

    const rounds = await interleave(
      [
        variant('10 authors', some(10)),
        variant('200 authors', some(200)),
        variant('2,000 authors', some(2_000)),
        variant('2,000 who wrote long ago', quiet),
      ],
      lab.quick ? { rounds: 2, roundMs: 200, warmupMs: 400 } : { rounds: 9, roundMs: 1_000, warmupMs: 2_000 },
    )
    tellRounds(lab, `${articles} articles, ${users} users`, {
      rounds,
      columns: [
        { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
        { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
        { figure: 'rps', title: 'calls/s' },
      ],
    })
    const toTen = (name: string) => rounds.ratio(name, '10 authors', 'p50Ms')
    const ratios = {
      'p50-200-to-10': toTen('200 authors'),
      'p50-2000-to-10': toTen('2,000 authors'),
      'p50-2000-quiet-to-10': toTen('2,000 who wrote long ago'),
    }
    tellRatios(lab, ratios)
    const figures = Object.entries(ratios).map(([name, { median }]) => [name, median] as const)
    return { ...Object.fromEntries(figures), 'p50-10-ms': rounds.spread('10 authors', 'p50Ms').median }
  },
}

/** The ids of each author's articles, oldest first: what pages are checked against. */
const byAuthor = async (url: string): Promise<ArticlesOf> => {
  const sql = postgres(url, { max: 1 })
  try {
    const rows = await sql<{ author: number; ids: number[] }[]>`
      select author_id as author, array_agg(id order by id) as ids from article group by author_id`
    return new Map(rows.map(({ author, ids }) => [author, ids]))
  } finally {
    await sql.end()
  }
}

type ArticlesOf = ReadonlyMap<number, readonly number[]>

const newestOf = (articlesOf: ArticlesOf, authorIds: readonly number[]): Expected => {
  const ids = authorIds.flatMap((author) => articlesOf.get(author) ?? []).sort((a, b) => b - a)
  return { count: ids.length, ids: ids.slice(0, pageSize) }
}

/** Those authors whose newest article is the oldest. */
const quietest = (articlesOf: ArticlesOf, count: number): number[] =>
  [...articlesOf]
    .sort(([, one], [, other]) => (one.at(-1) ?? 0) - (other.at(-1) ?? 0))
    .slice(0, count)
    .map(([author]) => author)

const pageSize = 20

interface Expected {
  readonly count: number
  readonly ids: readonly number[]
}
interface Reading {
  readonly ask: (call: Call, input: ListFollowedArticles) => Promise<ArticlePage>
  readonly authorIds: readonly number[]
  readonly expected: Expected
}

const variantOf = (name: string, { ask, authorIds, expected }: Reading): Variant => ({
  name,
  round: (ms) =>
    askInTurn(
      ms,
      async () => {
        const call = new Call({ timeoutMs: 5_000 })
        return { call, page: await ask(call, { authorIds: [...authorIds], limit: pageSize, offset: 0 }) }
      },
      ({ call, page: { articles, count } }) => {
        const isRight = articles.length === pageSize && articles.every(({ id }, i) => id === expected.ids[i])
        if (count !== expected.count || !isRight) throw new Error(`${name}: these are not the articles of that page`)
        const statements = call.trace.countOf('statement')
        if (statements !== 1) throw new Error(`${name}: the page took ${statements} statements`)
      },
    ),
})
