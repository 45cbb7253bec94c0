import type postgres from 'postgres'
import type { Experiment } from '../experiment.js'
import { compareWays, type Way } from '../sql/compare-ways.js'
import { settle, startDatabase } from '../sql/database.js'

/*
 * A list that reads whole articles and shows their heads. Held equal are the rows, their order and the page that is made
 * of them. It teaches what a body costs that nobody shows: little while it is short and lies in the row, much once it
 * lies beside the table (TOAST) and has to be fetched, unpacked, sent and turned into a string for nothing.
 */
export const columns: Experiment = {
  name: 'columns',
  summary: 'A page of 20 articles without their bodies: all columns are read, or those that are needed.',
  heldEqual:
    '2,000 articles, 20 different pages in the order of the primary key, prepared statements, one page at a time; ' +
    'what the page shows is the same, which is checked. “short” bodies have 0.6 kB, “long” ones 15 kB.',
  teaches:
    '`select *` pays for every byte three times: in the database, on the wire, in your process. With short rows that is bearable; ' +
    'one long column makes it the most expensive part of a list. Name the columns that you show.',

  async run(lab) {
    const { dataset, pid, connect } = await startDatabase(lab, { articles: 2_000 })
    const sql = connect()
    await makeLongArticles(sql)
    const from = (question: number) => dataset.size.articles - question * 20
    const waysOn = (table: string): Way[] => [
      {
        name: 'all columns',
        ask: async (question) =>
          [
            ...(await sql<HeadRow[]>`
              select * from ${sql(table)} where id <= ${from(question)} order by id desc limit 20`),
          ].map(present),
      },
      {
        name: 'needed columns',
        ask: async (question) =>
          [
            ...(await sql<HeadRow[]>`
              select slug, title, description, tag_list, favorites_count, created_at
              from ${sql(table)} where id <= ${from(question)} order by id desc limit 20`),
          ].map(present),
      },
    ]
    const compare = (bodies: 'short' | 'long', table: string) =>
      compareWays(lab, {
        title: `a page of 20, ${bodies} bodies`,
        ways: waysOn(table),
        questions: 20,
        pid,
        ratios: { [`needed-to-all-${bodies}`]: ['needed columns', 'all columns'] },
      })
    return { ...(await compare('short', 'article')), ...(await compare('long', 'long_article')) }
  },
}

/** Each body is that of 24 neighbours together: text that doesn't repeat itself, and so shrinks no more than text does. */
const makeLongArticles = async (sql: postgres.Sql) => {
  await sql`create table long_article (like article including all)`
  await sql`
    insert into long_article
    select article.id, slug, title, description, long.body, tag_list, author_id, favorites_count, version, created_at,
      updated_at
    from article, lateral (
      select string_agg(body, ' ') as body from article near
      where near.id between article.id / 24 * 24 and article.id / 24 * 24 + 23
    ) as long`
  await settle(sql)
}

interface HeadRow {
  readonly slug: string
  readonly title: string
  readonly description: string
  readonly tag_list: readonly string[]
  readonly favorites_count: number
  readonly created_at: Date
}

const present = ({ slug, title, description, tag_list, favorites_count, created_at }: HeadRow) => ({
  slug,
  title,
  description,
  tagList: tag_list,
  favoritesCount: favorites_count,
  createdAt: created_at,
})
