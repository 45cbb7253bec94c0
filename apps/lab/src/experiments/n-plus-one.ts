import type { Experiment } from '../experiment.js'
import { compareWays, type Way } from '../sql/compare-ways.js'
import { startDatabase } from '../sql/database.js'

/*
 * The classic mistake: a list, then one statement for each of its rows. Held equal are the page, the columns, the indexes
 * and the driver, all statements prepared. It teaches that what costs is the number of round trips: two statements that
 * ask for all authors at once are as good as a join, and may go to two databases, as ours do.
 */
export const nPlusOne: Experiment = {
  name: 'n-plus-one',
  summary: 'A page of 20 articles with their authors: in 21 statements, in two, in one join.',
  heldEqual:
    '10,000 articles of 1,000 authors, 20 different pages, the same columns and primary keys, prepared statements over four connections; ' +
    'one page at a time; the pages are the same, which is checked.',
  teaches:
    'Every statement is a round trip and a plan to start, however small; asked all at once they overlap, and still cost the database as much. ' +
    'Ask for all authors of a page in one statement: `= any($1)` where they live elsewhere, a join where they don’t.',

  async run(lab) {
    const { dataset, pid, connect } = await startDatabase(lab, { articles: lab.quick ? 2_000 : 10_000 })
    const sql = connect()
    const articlesFrom = (question: number) => sql<ArticleRow[]>`
      select slug, title, author_id from article
      where id <= ${dataset.size.articles - question * 20} order by id desc limit 20`
    const authorOf = async (id: number) => {
      const [author] = await sql<Author[]>`select username, bio, image from account where id = ${id}`
      return author as Author
    }
    const ways: Way[] = [
      {
        name: '21 statements',
        async ask(question) {
          const page: Listed[] = []
          for (const article of await articlesFrom(question))
            page.push(withAuthor(article, await authorOf(article.author_id)))
          return page
        },
      },
      {
        name: '21, 20 of them at once',
        ask: async (question) =>
          Promise.all(
            (await articlesFrom(question)).map(async (article) =>
              withAuthor(article, await authorOf(article.author_id)),
            ),
          ),
      },
      {
        name: '2 statements',
        async ask(question) {
          const articles = [...(await articlesFrom(question))]
          const ids = [...new Set(articles.map(({ author_id }) => author_id))]
          const found = await sql<(Author & { id: number })[]>`
            select id, username, bio, image from account where id = any(${ids})`
          const authors = new Map(found.map((author) => [author.id, author]))
          return articles.map((article) => withAuthor(article, authors.get(article.author_id) as Author))
        },
      },
      {
        name: '1 join',
        async ask(question) {
          const rows = await sql<(ArticleRow & Author)[]>`
            select slug, title, author_id, username, bio, image
            from article join account on account.id = article.author_id
            where article.id <= ${dataset.size.articles - question * 20} order by article.id desc limit 20`
          return [...rows].map((row) => withAuthor(row, row))
        },
      },
    ]
    return compareWays(lab, {
      title: 'a page of 20',
      ways,
      questions: 20,
      pid,
      ratios: {
        'two-to-21': ['2 statements', '21 statements'],
        'join-to-21': ['1 join', '21 statements'],
        'at-once-to-21': ['21, 20 of them at once', '21 statements'],
        'join-to-two': ['1 join', '2 statements'],
      },
    })
  },
}

type ArticleRow = { slug: string; title: string; author_id: number }
type Author = { username: string; bio: string | null; image: string | null }
type Listed = ReturnType<typeof withAuthor>

const withAuthor = ({ slug, title }: ArticleRow, { username, bio, image }: Author) => ({
  slug,
  title,
  author: { username, bio, image },
})
