import { deriveOpenApi, type ErrorCode, publicRoutes, ServiceError, toServiceError } from '@fastpath/contracts'
import { type Call, createJudge, type JudgeMode, type Log, type Metrics } from '@fastpath/timing'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { mount } from './answer.js'
import { type AuthOptions, createAuthenticate } from './auth.js'
import type { Clients } from './clients.js'
import { addDocs } from './docs.js'
import { addFrontDoor } from './front-door.js'
import type { LoginLimit } from './limits/login-limit.js'
import { methodNotAllowed } from './method-not-allowed.js'
import { createPageWriter } from './present/page-writer.js'
import type { ResponseCache } from './response-cache/response-cache.js'
import { accounts } from './routes/accounts.js'
import { articles } from './routes/articles.js'
import { comments } from './routes/comments.js'
import { favorites } from './routes/favorites.js'
import { personalFeed } from './routes/personal-feed.js'
import { profiles } from './routes/profiles.js'
import { tags } from './routes/tags.js'
import { sendError, sendText } from './send.js'

export interface AppOptions extends AuthOptions {
  readonly metrics: Metrics
  readonly log: Log
  /** Linked to from the front door; empty for none. */
  readonly adminPageUrl?: string
  readonly loginLimit: LoginLimit
  /** Memory for articles whose JSON is kept for lists; 0 keeps none. */
  readonly fragmentBytes: number
  /** What becomes of a request that asks for one thing after the other where it could ask for all. */
  readonly nPlusOne: JudgeMode
  /** Told of every answer of a route, with the call that made it. */
  readonly onAnswer?: (routeId: string, call: Call) => void
  readonly responses?: ResponseCache | undefined
}

/** The public API: each route in the order in which it is tried, then what no route knows, then errors. */
export const createApp = (clients: Clients, options: AppOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')

  const writePage = createPageWriter(options)
  const answers = [
    ...accounts({ ...clients, loginLimit: options.loginLimit }),
    ...profiles(clients),
    // Before single articles, since it would be the slug of one.
    ...personalFeed({ ...clients, writePage }),
    ...articles({ ...clients, writePage }),
    ...favorites(clients),
    ...comments(clients),
    ...tags(clients),
  ]
  const authenticate = createAuthenticate(clients.user, options)
  const judge = createJudge({ mode: options.nPlusOne, metrics: options.metrics })
  for (const answer of answers) mount(app, answer, { ...options, authenticate, judge })

  const openApi = JSON.stringify(
    deriveOpenApi(publicRoutes, {
      title: 'Fastpath',
      version: '2.0.0',
      description: 'The RealWorld ("Conduit") API, answered by Fastpath.',
    }),
  )
  app.get('/openapi.json', (req, res) => sendText(req.call, res, 200, openApi))
  addFrontDoor(app, options.adminPageUrl)
  addDocs(app)

  const pages = ['/', '/docs', '/openapi.json'].map((path) => ({ method: 'get', path }) as const)
  methodNotAllowed(app, [...publicRoutes, ...pages])
  app.use((req) => {
    throw new ServiceError('NOT_FOUND', `no route ${req.method} ${req.path}`, { fields: { path: ['not found'] } })
  })
  app.use(answerError(options.log))
  return app
}

const answerError =
  (log: Log): ErrorRequestHandler =>
  (thrown, req, res, _next) => {
    const error = clientMistake(thrown) ?? toServiceError(thrown)
    if (error.code === 'INTERNAL') {
      log.error(
        { err: error.cause ?? error, path: req.path, requestId: req.call.trace.context.traceId },
        'a request has failed',
      )
    }
    sendError(req.call, res, error)
  }

const codes: Readonly<Record<number, ErrorCode>> = { 413: 'TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' }

/** Express and its parsers mark what the client did wrong (a path that can't be decoded) with a status below 500. */
const clientMistake = (thrown: unknown): ServiceError | undefined => {
  if (thrown instanceof ServiceError || !(thrown instanceof Error) || !('status' in thrown)) return undefined
  const status = Number(thrown.status)
  if (!(status >= 400 && status < 500)) return undefined
  return new ServiceError(codes[status] ?? 'MALFORMED', thrown.message)
}
