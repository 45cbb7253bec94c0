import express from 'express'
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

if (process.env.WAY === 'res.json') listen(viaExpress())
else
  listen((_req, res) => {
    res.writeHead(200, headers)
    res.end(body)
  })
