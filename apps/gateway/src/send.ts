import type { ServerResponse } from 'node:http'
import { compileJsonWriter, ErrorReply, errorTable, type ServiceError } from '@fastpath/contracts'
import { type Call, formatServerTiming } from '@fastpath/timing'

/** Seconds until a client may try again where nothing better is known. */
const retryAfterSeconds = '1'

const writeError = compileJsonWriter(ErrorReply)

/** Ends a request with JSON text, or with no body, and with the record of where its time went. */
export const sendText = (call: Call, res: ServerResponse, status: number, text?: string): void => {
  if (res.headersSent || res.destroyed) return
  res.statusCode = status
  res.setHeader('server-timing', formatServerTiming(call.trace.entries()))
  if (text === undefined) return void res.end()
  res.setHeader('content-type', 'application/json; charset=utf-8')
  // Node itself counts the bytes for content-length: counted here too, it would be done twice.
  res.end(text)
}

/** Ends a request with what its error means to a client. */
export const sendError = (call: Call, res: ServerResponse, error: ServiceError): void => {
  const { status } = errorTable[error.code]
  if (status === 503) res.setHeader('retry-after', retryAfterSeconds)
  sendText(call, res, status, writeError({ errors: error.publicFields as Record<string, string[]> }))
}
