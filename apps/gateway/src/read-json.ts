import { ServiceError } from '@fastpath/contracts'
import express, { type Request, type Response } from 'express'

const maxBytes = 100_000

const parse = express.json({ limit: maxBytes })

/**
 * The JSON body of a request; an absent one is an object without fields, so that its checks tell what is missing.
 *
 * @throws ServiceError `UNSUPPORTED_MEDIA_TYPE` for another content type; what the parser refuses has its own status
 * (400 malformed, 413 above 100 kB, 415 for a coding or charset that it does not know).
 */
export const readJson = async (req: Request, res: Response): Promise<unknown> => {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
  if (!hasBody) return {}
  if (!req.is('application/json')) {
    throw new ServiceError('UNSUPPORTED_MEDIA_TYPE', `not JSON: ${req.headers['content-type']}`)
  }
  await new Promise<void>((resolve, reject) => {
    parse(req, res, (error?: unknown) => (error ? reject(error) : resolve()))
  })
  return req.body ?? {}
}
