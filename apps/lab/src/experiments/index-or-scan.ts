import type postgres from 'postgres'
import type { Experiment } from '../experiment.js'
import { compareWays } from '../sql/compare-ways.js'
import { settle, startDatabase } from '../sql/database.js'

/*
 * The same statement on two tables with the same rows: one has the indexes of our migrations, the other its primary key
 * only. Before anything is measured EXPLAIN must show an index scan here and a sequential scan there. It teaches what a
 * missing index costs, and that an index in the order of the list saves the sort too.
 */
export const index: Experiment = {
  name: 'index',
  summary: 'By slug, and an author’s newest articles: with their index, and by reading the whole table.',
  heldEqual:
    '50,000 articles of 500 authors, in memory, the same rows in both tables, PostgreSQL’s default settings (which may scan with several processes), ' +
    'prepared statements, one question at a time; the answers are the same, and the plans are what they are said to be; both are checked.',
  teaches:
    'Without its index a statement reads everything, and gets slower with every row that is added: it is fast on a laptop with ten rows. ' +
    'Check plans on as many rows as production has.',

  async run(lab) {
    const articles = lab.quick ? 5_000 : 50_000
    const { dataset, pid, connect } = await startDatabase(lab, {
      articles,
      users: articles / 100,
      favorites: 1_000,
      comments: 1_000,
      follows: 1_000,
    })
    const sql = connect()
    await sql`create table plain_article (like article, primary key (id))`
    await sql`insert into plain_article select * from article`
    await settle(sql)

    const figures: Record<string, number> = {}
    for (const { name, title, where, value } of questions(dataset.article)) {
      const textOn = (table: string) =>
        `select id, slug, title, created_at from ${table} where ${where} = $1 order by created_at desc, id desc limit 20`
      const way = (name: string, table: string) => ({
        name,
        ask: async (question: number) => [...(await sql.unsafe(textOn(table), [value(question)], { prepare: true }))],
      })
      await expectScan(sql, /^Index (Only )?Scan$/, { text: textOn('article'), value: value(0) })
      await expectScan(sql, /^Seq Scan$/, { text: textOn('plain_article'), value: value(0) })
      Object.assign(
        figures,
        await compareWays(lab, {
          title,
          questions: 10,
          pid,
          ways: [way('sequential scan', 'plain_article'), way('index', 'article')],
          ratios: { [`index-to-scan-${name}`]: ['index', 'sequential scan'] },
        }),
      )
    }
    return figures
  },
}

const questions = (article: (id: number) => { slug: string }) => [
  {
    name: 'slug',
    title: 'an article by its slug',
    where: 'slug',
    value: (question: number) => article(1 + question * 997).slug,
  },
  {
    name: 'author',
    title: 'an author’s newest 20',
    where: 'author_id',
    value: (question: number) => 1 + question * 7,
  },
]

/** @throws Error where the table is read in another way. */
const expectScan = async (
  sql: postgres.Sql,
  wanted: RegExp,
  { text, value }: { readonly text: string; readonly value: string | number },
) => {
  const [row] = await sql.unsafe(`explain (format json) ${text}`, [value])
  const scans = JSON.stringify(row?.['QUERY PLAN']).match(/(?<="Node Type":")[^"]*Scan(?=")/g) ?? []
  if (scans.length === 0 || !scans.every((scan) => wanted.test(scan)))
    throw new Error(`${scans.join(', ') || 'no scan'} instead of ${wanted.source} for: ${text}`)
}
