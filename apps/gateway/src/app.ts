import { deriveOpenApi, publicRoutes, ServiceError, toServiceError } from '@fastpath/contracts'
import type { Call, Log, Metrics } from '@fastpath/timing'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { mount } from './answer.js'
import type { Clients } from './clients.js'
import { articles } from './routes/articles.js'
import { profiles } from './routes/profiles.js'
import { tags } from './routes/tags.js'
import { sendError, sendText } from './send.js'

export interface AppOptions {
  readonly metrics: Metrics
  readonly log: Log
  /** Told of every answer of a route, with the call that made it. */
  readonly onAnswer?: (routeId: string, call: Call) => void
}

/** The public API: each route in the order in which it is tried, then what no route knows, then errors. */
export const createApp = (clients: Clients, options: AppOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')

  for (const answer of [...articles(clients), ...tags(clients), ...profiles(clients)]) mount(app, answer, options)

  const openApi = JSON.stringify(
    deriveOpenApi(publicRoutes, {
      title: 'Fastpath',
      version: '2.0.0',
      description: 'The RealWorld ("Conduit") API, answered by Fastpath.',
    }),
  )
  app.get('/openapi.json', (req, res) => sendText(req.call, res, 200, openApi))

  app.use((req) => {
    throw new ServiceError('NOT_FOUND', `no route ${req.method} ${req.path}`, { fields: { path: ['not found'] } })
  })
  app.use(answerError(options.log))
  return app
}

const answerError =
  (log: Log): ErrorRequestHandler =>
  (thrown, req, res, _next) => {
    const error = isClientMistake(thrown) ? new ServiceError('MALFORMED', thrown.message) : toServiceError(thrown)
    if (error.code === 'INTERNAL') log.error({ err: error.cause ?? error, url: req.path }, 'a request has failed')
    sendError(req.call, res, error)
  }

/** Express and its parsers mark what the client did wrong (a path that can't be decoded) with a status below 500. */
const isClientMistake = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && 'status' in thrown && Number(thrown.status) >= 400 && Number(thrown.status) < 500
