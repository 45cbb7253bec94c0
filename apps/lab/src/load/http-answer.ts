/** What a meter needs to know of an answer. */
export interface HttpAnswer {
  readonly status: number
  readonly bodyBytes: number
  /** The server will close the connection after it. */
  readonly closes: boolean
}

export interface AnswerReader {
  /** Takes what came, which it may not keep. @throws Error for what is no answer to one request. */
  take(bytes: Buffer): void
}

/**
 * Reads just enough of HTTP/1.1 (RFC 9112) to know where an answer ends: status, Content-Length or chunks. An answer
 * that ends with its connection is refused: nobody could tell it from one that was cut off.
 */
export const createAnswerReader = (onAnswer: (answer: HttpAnswer) => void): AnswerReader => {
  let text = ''
  let state: 'head' | 'body' | 'chunk-size' | 'chunk' | 'trailer' = 'head'
  let missingBytes = 0
  let complete = false
  let answer = { status: 0, bodyBytes: 0, closes: false }

  const take = (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const counts = state === 'body' || state === 'chunk'
      at += counts ? skip(bytes.length - at) : takeLines(bytes.toString('latin1', at, at + maxHeadBytes))
      if (!complete) continue
      if (at < bytes.length) throw new Error('sent more than its answer')
      complete = false
      onAnswer(answer)
    }
  }

  const skip = (available: number): number => {
    const skipped = Math.min(available, missingBytes)
    missingBytes -= skipped
    if (missingBytes > 0) return skipped
    if (state === 'chunk') state = 'chunk-size'
    else end()
    return skipped
  }

  /** Returns how much of `came` belongs to the lines that it looked for. */
  const takeLines = (came: string): number => {
    const before = text.length
    text += came
    const mark = state === 'head' ? '\r\n\r\n' : '\r\n'
    const until = text.indexOf(mark)
    if (until < 0) {
      if (text.length > maxHeadBytes) throw new Error('sent no end of its headers')
      return came.length
    }
    const lines = text.slice(0, until)
    text = ''
    if (state === 'head') takeHead(lines)
    else if (state === 'chunk-size') takeChunkSize(lines)
    else if (lines === '') end()
    return until + mark.length - before
  }

  const takeHead = (head: string) => {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]
    if (!status) throw new Error(`answered ${JSON.stringify(head.slice(0, 60))}, which is no HTTP/1.1`)
    // 1xx is a word in advance: the answer comes yet.
    if (status.startsWith('1')) return
    answer = { status: Number(status), bodyBytes: 0, closes: /\r\nconnection: *close/i.test(head) }
    if (status === '204' || status === '304') return end()
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length !== undefined) {
      answer.bodyBytes = missingBytes = Number(length)
      state = 'body'
      if (missingBytes === 0) end()
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) state = 'chunk-size'
    else throw new Error('sent neither a content-length nor chunks')
  }

  const takeChunkSize = (line: string) => {
    // The line break that ends the chunk before.
    if (line === '' && answer.bodyBytes > 0) return
    const size = Number.parseInt(line, 16)
    if (Number.isNaN(size)) throw new Error(`sent a chunk of the size ${JSON.stringify(line.slice(0, 20))}`)
    answer.bodyBytes += size
    missingBytes = size
    state = size === 0 ? 'trailer' : 'chunk'
  }

  const end = () => {
    state = 'head'
    complete = true
  }

  return { take }
}

const maxHeadBytes = 16 * 1024
