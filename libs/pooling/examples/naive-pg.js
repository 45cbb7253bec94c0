// The same as naive-postgres.js, with pg.
import { watchPg, watchRequests } from '@fastpath/pooling/watch' // 1
import express from 'express'
import pg from 'pg'
import { databaseUrl } from './database.js'

const pool = watchPg(new pg.Pool({ connectionString: await databaseUrl() })) // 2
const app = express()
app.use(watchRequests()) // 3

app.get('/books', async (_req, res) => {
  const { rows } = await pool.query(
    `select n as id, 'Book ' || n as title, n * 7 as author_id from generate_series(1, 20) n`,
  )
  const authorOf = `select 'Author ' || id as name from generate_series(1, 200) id where id = $1`
  const withAuthor = async (book) => {
    const found = await pool.query(authorOf, [book.author_id])
    return { ...book, author: found.rows[0].name }
  }
  res.json({ books: await Promise.all(rows.map(withAuthor)) })
})

const server = app.listen(Number(process.env.PORT ?? 3100), () => {
  const { port } = server.address()
  console.log(`try: curl -i http://127.0.0.1:${port}/books`)
})
