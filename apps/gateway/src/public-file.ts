import { existsSync, readFileSync } from 'node:fs'
import type { RequestHandler } from 'express'

const common = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' }

/**
 * Scripts, styles, images and requests of this origin and nothing else, nothing inline; no other page may frame it.
 *
 * @param imageSources where else images may come from.
 */
export const policyWith = (imageSources = ''): Record<string, string> => ({
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; " +
    `style-src 'self'; img-src 'self'${imageSources}; connect-src 'self'`,
})

/** A file of our own pages. The build lays their folder beside its bundle; in the source it lies beside `src`. */
export const readPublic = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

const built = new URL('./public/', import.meta.url)
const folder = existsSync(built) ? built : new URL('../public/', import.meta.url)

/** Answers with a text that browsers ask about anew each time. */
export const sendPublic = (type: string, text: string, policy = policyWith()): RequestHandler => {
  const body = Buffer.from(text)
  return (_req, res) => {
    res.writeHead(200, { ...common, ...policy, 'content-type': type, 'content-length': body.length }).end(body)
  }
}
