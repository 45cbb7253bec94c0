import express from 'express'
import postgres from 'postgres'
import { listen } from './listen.js'

// A monolith as a careful team writes it: one process, one statement a request, prepared, over a small pool; the same
// columns, indexes, counters and page size as ours, and joins where we have a call between services.
const sql = postgres(process.env.DATABASE_URL ?? '', {
  max: Number(process.env.POOL_MAX),
  connection: { search_path: 'feed,"user"' },
})
const app = express()
app.set('etag', false)
app.disable('x-powered-by')

app.get('/api/articles', async (_req, res) => {
  const rows = await sql`
    select slug, title, description, tag_list, article.created_at, article.updated_at, favorites_count,
      username, bio, image,
      (select value from counter where name = 'articles' and of_id = 0) as count
    from article
    join account on account.id = article.author_id
    order by article.created_at desc, article.id desc
    limit 20`
  res.json({ articles: rows.map(present), articlesCount: rows[0]?.count ?? 0 })
})

app.get('/api/articles/:slug', async (req, res) => {
  const [row] = await sql`
    select slug, title, description, body, tag_list, article.created_at, article.updated_at, favorites_count,
      username, bio, image
    from article
    join account on account.id = article.author_id
    where slug = ${req.params.slug}`
  if (!row) return void res.status(404).json({ errors: { article: ['not found'] } })
  res.json({ article: { ...present(row), body: row.body } })
})

app.get('/api/tags', async (_req, res) => {
  const rows = await sql`select name from tag where article_count > 0 order by article_count desc, name limit 100`
  res.json({ tags: rows.map(({ name }) => name) })
})

app.get('/api/profiles/:username', async (req, res) => {
  const [row] = await sql`
    select username, bio, image from account where lower(username) = lower(${req.params.username})`
  if (!row) return void res.status(404).json({ errors: { profile: ['not found'] } })
  res.json({ profile: presentProfile(row) })
})

const present = (row: postgres.Row) => ({
  slug: row.slug,
  title: row.title,
  description: row.description,
  tagList: row.tag_list,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  favorited: false,
  favoritesCount: row.favorites_count,
  author: presentProfile(row),
})

const presentProfile = ({ username, bio, image }: postgres.Row) => ({ username, bio, image, following: false })

listen(app)
