import type { ServerResponse } from 'node:http'
import { gzip, gzipSync } from 'node:zlib'
import { compileJsonWriter, ErrorReply, errorTable, type ServiceError } from '@fastpath/contracts'
import { type Call, formatServerTiming } from '@fastpath/timing'
import { preferredCoding } from './response-cache/accept-encoding.js'
import { leastCompressedBytes, vary } from './response-cache/finished.js'

/** Seconds until a client may try again where nothing better is known. */
const retryAfterSeconds = '1'

const writeError = compileJsonWriter(ErrorReply)

/**
 * Ends a request with JSON text, or with no body, and with the record of where its time went for those who may see it.
 * Compressed as far as a single reader is worth it; never what nobody may keep, since it holds a token, and how well a
 * text with a secret compresses gives some of it away.
 */
export const sendText = (call: Call, res: ServerResponse, status: number, text?: string): void => {
  if (res.headersSent || res.destroyed) return
  res.statusCode = status
  if (res.req.showsTiming) res.setHeader('server-timing', formatServerTiming(call.trace.entries()))
  if (text === undefined) return void res.end()
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.appendHeader('vary', vary)
  // Node itself counts the bytes for content-length: counted here too, it would be done twice.
  if (isWorthCompressing(res, text)) endCompressed(res, text)
  else res.end(text)
}

/** Ends a request with what its error means to a client. */
export const sendError = (call: Call, res: ServerResponse, error: ServiceError): void => {
  const { status } = errorTable[error.code]
  if (status === 503 && !res.hasHeader('retry-after')) res.setHeader('retry-after', retryAfterSeconds)
  if (status === 401) res.setHeader('www-authenticate', 'Token')
  res.setHeader('cache-control', 'no-store')
  sendText(call, res, status, errorText(error))
}

/** The body of an error's answer. */
export const errorText = (error: ServiceError): string =>
  writeError({ errors: error.publicFields as Record<string, string[]> })

const isWorthCompressing = (res: ServerResponse, text: string): boolean =>
  text.length >= leastCompressedBytes &&
  res.getHeader('cache-control') !== 'no-store' &&
  preferredCoding(res.req.headers['accept-encoding'], ['gzip', 'identity']) === 'gzip'

/** Up to here (2 ms) compressing at once costs less than handing it to a thread. */
const maxAtOnce = 200_000
const fastest = { level: 1 }

const endCompressed = (res: ServerResponse, text: string): void => {
  res.setHeader('content-encoding', 'gzip')
  if (text.length <= maxAtOnce) return void res.end(gzipSync(text, fastest))
  gzip(text, fastest, (error, bytes) => (error ? res.destroy(error) : res.end(bytes)))
}
