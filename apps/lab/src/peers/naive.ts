import express from 'express'
import postgres from 'postgres'
import { listen } from './listen.js'

// The classic mistake: whatever belongs to an article is asked for article by article, and what could be kept is counted.
const sql = postgres(process.env.DATABASE_URL ?? '', {
  max: Number(process.env.POOL_MAX),
  connection: { search_path: 'feed,"user"' },
})
const app = express()
app.set('etag', false)
app.disable('x-powered-by')

app.get('/api/articles', async (_req, res) => {
  const rows = await sql`select * from article order by created_at desc, id desc limit 20`
  const [counted] = await sql`select count(*)::integer from article`
  res.json({ articles: await Promise.all(rows.map(present)), articlesCount: counted?.count })
})

app.get('/api/articles/:slug', async (req, res) => {
  const [row] = await sql`select * from article where slug = ${req.params.slug}`
  if (!row) return void res.status(404).json({ errors: { article: ['not found'] } })
  res.json({ article: { ...(await present(row)), body: row.body } })
})

app.get('/api/tags', async (_req, res) => {
  const rows = await sql`
    select name from tag join article_tag on tag.id = tag_id group by name order by count(*) desc, name limit 100`
  res.json({ tags: rows.map(({ name }) => name) })
})

app.get('/api/profiles/:username', async (req, res) => {
  const [row] = await sql`select * from account where lower(username) = lower(${req.params.username})`
  if (!row) return void res.status(404).json({ errors: { profile: ['not found'] } })
  res.json({ profile: presentProfile(row) })
})

const present = async (row: postgres.Row) => {
  const [author] = await sql`select * from account where id = ${row.author_id}`
  const tags = await sql`
    select name from tag join article_tag on tag.id = tag_id where article_id = ${row.id} order by name`
  const [favorites] = await sql`select count(*)::integer from favorite where article_id = ${row.id}`
  return {
    slug: row.slug,
    title: row.title,
    description: row.description,
    tagList: tags.map(({ name }) => name),
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
    favorited: false,
    favoritesCount: favorites?.count,
    author: author && presentProfile(author),
  }
}

const presentProfile = ({ username, bio, image }: postgres.Row) => ({ username, bio, image, following: false })

listen(app)
