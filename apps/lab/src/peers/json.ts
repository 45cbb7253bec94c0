import express, { type Response } from 'express'
import { type JsonValue, jsonValues } from '../json/values.js'
import { listen } from './listen.js'

// One Express route for each value, answered in the one way that WAY names.
const ways: Readonly<Record<string, (res: Response, value: JsonValue) => unknown>> = {
  'res.json': (res, { value }) => res.json(value),
  'res.json, no ETag': (res, { value }) => res.json(value),
  'JSON.stringify': (res, { value }) => sendText(res, JSON.stringify(value)),
  writer: (res, { value, write }) => sendText(res, write(value as never)),
}

const sendText = (res: Response, text: string) => {
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.end(text)
}

const way = process.env.WAY ?? ''
const answer = ways[way]
if (!answer) throw new Error(`WAY is "${way}", but must be one of: ${Object.keys(ways).join('; ')}`)
const app = express()
app.disable('x-powered-by')
if (way !== 'res.json') app.set('etag', false)
for (const [name, value] of Object.entries(jsonValues)) app.get(`/${name}`, (_req, res) => void answer(res, value))

listen(app)
