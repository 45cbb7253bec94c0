import { hash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Express, RequestHandler } from 'express'
import { policyWith, readPublic, sendPublic } from './public-file.js'

/** Of swagger-ui-dist, which draws its icons from `data:` URLs. */
const viewer = [
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
] as const

/** `GET /docs`: `/openapi.json` for readers, who may try each operation from there. Every file of it is served by us. */
export const addDocs = (app: Express): void => {
  let page = readPublic('docs.html')
  for (const [name, type] of viewer) {
    const file = readFileSync(placeOf(name))
    // The name changes with the content, so that nobody has to ask whether it has.
    const path = `/assets/${hash('sha256', file).slice(0, 16)}/${name}`
    page = page.replace(`/assets/${name}`, path)
    app.get(path, sendForever(type, file))
  }
  app.get('/docs', sendPublic('text/html; charset=utf-8', page, policyWith(' data:')))
  app.get('/assets/docs.js', sendPublic('text/javascript; charset=utf-8', readPublic('docs.js')))
}

/** The build lays the files beside its bundle; from source they are the package's own. */
const placeOf = (name: string): URL => {
  const built = new URL(`./swagger-ui/${name}`, import.meta.url)
  return existsSync(built) ? built : new URL(import.meta.resolve(`swagger-ui-dist/${name}`))
}

/** Sends a file that never changes, compressed once, when first asked for: the viewer has 1.7 MB. */
const sendForever = (type: string, file: Buffer): RequestHandler => {
  const headers = {
    'content-type': type,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  }
  let compressed: Promise<Buffer> | undefined
  return async (req, res) => {
    res.set(headers).vary('Accept-Encoding')
    let body = file
    if (req.acceptsEncodings('gzip')) {
      compressed ??= promisify(gzip)(file)
      body = await compressed
      res.set('content-encoding', 'gzip')
    }
    res.set('content-length', String(body.length)).end(body)
  }
}
