import { type Route, ServiceError } from '@fastpath/contracts'
import type { Express } from 'express'
import { sendText } from './send.js'

type Path = Pick<Route, 'method' | 'path'>

/** Answers 405 on the paths of these routes, and OPTIONS with 204, both with `Allow`: comes after the routes themselves. */
export const methodNotAllowed = (app: Express, routes: readonly Path[]): void => {
  for (const [path, methods] of methodsByPath(routes)) {
    const allow = [...methods].join(', ')
    app.all(path, (req, res) => {
      res.setHeader('allow', allow)
      if (req.method === 'OPTIONS') return sendText(req.call, res, 204)
      throw new ServiceError('METHOD_NOT_ALLOWED', `${req.method} ${req.path}`)
    })
  }
}

const methodsByPath = (routes: readonly Path[]): Map<string, Set<string>> => {
  const byPath = new Map<string, Set<string>>()
  for (const { path, method } of routes) {
    const methods = byPath.get(path) ?? new Set(['OPTIONS'])
    methods.add(method.toUpperCase())
    // Express answers HEAD wherever there is a GET.
    if (method === 'get') methods.add('HEAD')
    byPath.set(path, methods)
  }
  return byPath
}
