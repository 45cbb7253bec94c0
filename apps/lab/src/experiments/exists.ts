import type { Experiment } from '../experiment.js'
import { compareWays, type Way } from '../sql/compare-ways.js'
import { startDatabase } from '../sql/database.js'

/*
 * “Is there any?” and “how many are there?”, answered by counting. Held equal are the rows and the indexes; every way is
 * served by an index alone. It teaches that a count reads all rows to say what the first one tells, and that a number
 * which is shown often is kept (here: by triggers) and not counted. With few rows it makes no difference, and says so.
 */
export const exists: Experiment = {
  name: 'exists',
  summary: 'Whether there are any: EXISTS and COUNT(*); how many: a kept counter and COUNT(*).',
  heldEqual:
    '50,000 articles with 3 tags each, 5,000 authors; indexes that answer without their tables; prepared statements; one question at a time; ' +
    'the answers are the same, which is checked. “many”: whether a tag has articles (thousands); “few”: whether an author has (about ten).',
  teaches:
    'EXISTS ends at the first row, COUNT(*) at the last: the more there are, the dearer is the count. ' +
    'Count nothing that is asked often: keep a counter in the transaction that changes it.',

  async run(lab) {
    const { pid, connect } = await startDatabase(lab, {
      articles: lab.quick ? 5_000 : 50_000,
      favorites: 1_000,
      comments: 1_000,
      follows: 1_000,
    })
    const sql = connect()
    const way = (name: string, text: string): Way => ({
      name,
      async ask(question) {
        const params = text.includes('$1') ? [question + 1] : []
        const [row] = await sql.unsafe<{ value: unknown }[]>(text, params, { prepare: true })
        return row?.value
      },
    })
    const many = await compareWays(lab, {
      title: 'has this tag articles?',
      questions: 20,
      pid,
      ways: [
        way('COUNT(*) > 0', 'select count(*) > 0 as value from article_tag where tag_id = $1'),
        way('EXISTS', 'select exists(select from article_tag where tag_id = $1) as value'),
      ],
      ratios: { 'exists-to-count-many': ['EXISTS', 'COUNT(*) > 0'] },
    })
    const few = await compareWays(lab, {
      title: 'has this author articles?',
      questions: 20,
      pid,
      ways: [
        way('COUNT(*) > 0', 'select count(*) > 0 as value from article where author_id = $1'),
        way('EXISTS', 'select exists(select from article where author_id = $1) as value'),
      ],
      ratios: { 'exists-to-count-few': ['EXISTS', 'COUNT(*) > 0'] },
    })
    const kept = await compareWays(lab, {
      title: 'how many articles?',
      questions: 1,
      pid,
      ways: [
        way('COUNT(*)', 'select count(*)::integer as value from article'),
        way('counter', `select value from counter where name = 'articles' and of_id = 0`),
      ],
      ratios: { 'counter-to-count': ['counter', 'COUNT(*)'] },
    })
    return { ...many, ...few, ...kept }
  },
}
