import { getArticles } from '@fastpath/contracts'
import express from 'express'
import fastify from 'fastify'
import { listen } from './listen.js'

// The same page in memory, sent in the one way that WAY names.
const body = Buffer.from(process.env.BODY ?? '')
const page = JSON.parse(process.env.BODY ?? '{}')
const headers: string[] = JSON.parse(process.env.HEADERS ?? '[]')

const viaExpress = () => {
  const app = express()
  app.disable('x-powered-by')
  app.get('/api/articles', (_req, res) => void res.json(page))
  return app
}

/** With the serialiser that it compiles from the schema of the answer. */
const viaFastify = async () => {
  const app = fastify()
  app.get('/api/articles', { schema: { response: { 200: getArticles.reply } } }, async () => page)
  await app.ready()
  return app.routing
}

if (process.env.WAY === 'res.json') listen(viaExpress())
else if (process.env.WAY === 'fastify') listen(await viaFastify())
else
  listen((_req, res) => {
    res.writeHead(200, headers)
    res.end(body)
  })
