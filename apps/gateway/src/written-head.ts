import { type ServerResponse, STATUS_CODES, validateHeaderValue } from 'node:http'

/** Longer than the idle time-out of usual proxies, so that it is they who close first. */
export const keepAliveTimeoutMs = 75_000

/** The head of an answer, as far as it is the same for all who get it. */
export interface WrittenHead {
  readonly status: number
  readonly headers: readonly string[]
  /** Both as they stand on the wire. */
  readonly text: string
}

/**
 * @param headers `[name, value, …]`
 * @throws TypeError where one holds what no header may.
 */
export const writeHead = (status: number, headers: readonly string[]): WrittenHead => {
  for (let i = 0; i < headers.length; i += 2) validateHeaderValue(headers[i] as string, headers[i + 1] as string)
  return { status, headers, text: `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${linesOf(headers)}` }
}

/**
 * Sends a head and what this answer has beside it, `[name, value, …]`. As text: `ServerResponse.writeHead` checks each
 * character and compares each name anew, a sixth of the CPU time of an answer from memory. So `more` may hold nothing
 * that a client sent, but what was compared with something of ours.
 *
 * `_header` is what Node 20 to 24 keep the text in, and what `headersSent` looks at, but it is documented nowhere. Where
 * it is not there, and where the connection is to end, which Node has to know, the head goes the usual way.
 */
export const sendHead = (res: ServerResponse, head: WrittenHead, more: readonly string[]): void => {
  const message: { _header?: unknown } = res as object
  if (message._header !== null || !res.shouldKeepAlive) {
    res.writeHead(head.status, [...head.headers, ...more])
    return
  }
  res.statusCode = head.status
  message._header = head.text + linesOf(more) + dateLine() + keepAliveLines
}

const keepAliveLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveTimeoutMs / 1000}\r\n\r\n`

const linesOf = (headers: readonly string[]): string => {
  let lines = ''
  for (let i = 0; i < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`
  return lines
}

let date = ''
let nextDateMs = 0

/** Written once a second. */
const dateLine = (): string => {
  const nowMs = Date.now()
  if (nowMs >= nextDateMs || nowMs < nextDateMs - 1_000) {
    date = `Date: ${new Date(nowMs).toUTCString()}\r\n`
    nextDateMs = nowMs - (nowMs % 1_000) + 1_000
  }
  return date
}
