// An Express app as there are many: for every book it asks once more for the author. The three lines find it.
import { watchPostgres, watchRequests } from '@fastpath/pooling/watch' // 1
import express from 'express'
import postgres from 'postgres'
import { databaseUrl } from './database.js'

const sql = watchPostgres(postgres(await databaseUrl())) // 2
const app = express()
app.use(watchRequests()) // 3

app.get('/books', async (_req, res) => {
  const books = await sql`select n as id, 'Book ' || n as title, n * 7 as author_id from generate_series(1, 20) n`
  for (const book of books) {
    const id = book.author_id
    const [author] = await sql`select 'Author ' || id as name from generate_series(1, 200) id where id = ${id}`
    book.author = author.name
  }
  res.json({ books })
})

const server = app.listen(Number(process.env.PORT ?? 3100), () => {
  const { port } = server.address()
  console.log(`try: curl -i http://127.0.0.1:${port}/books`)
})
