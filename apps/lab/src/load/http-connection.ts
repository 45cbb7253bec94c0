import { connect, type Socket } from 'node:net'

export interface HttpConnection {
  /** Sends the request; one at a time. */
  send(): void
  close(): void
}

export interface HttpConnectionOptions {
  readonly host: string
  readonly port: number
  /** The finished request, the same each time. */
  readonly request: Buffer
  /** How long the body of every answer must be. */
  readonly bodyBytes: number
  readonly onAnswer: () => void
  /** Told once, of whatever is not the expected answer: another status or length, a closed connection. */
  readonly onError: (why: Error) => void
}

/**
 * One keep-alive connection that reads just enough of HTTP/1.1 to know where an answer ends and whether it is right:
 * status and length. Node's own client takes several times the CPU, which on a small machine the server then lacks.
 */
export const openHttpConnection = (options: HttpConnectionOptions): Promise<HttpConnection> =>
  new Promise((resolve, reject) => {
    const { host, port, request, bodyBytes, onAnswer, onError } = options
    let head = ''
    let missingBytes = 0
    let open = false

    const take = (length: number, chunk: Buffer) => {
      if (missingBytes > 0) return takeBody(length)
      const start = chunk.toString('latin1', 0, Math.min(length, maxHeadBytes))
      const seen = head.length
      head = seen === 0 ? start : head + start
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return head.length > maxHeadBytes ? fail('sent no end of its headers') : undefined
      const wrong = problemOf(head.slice(0, end), bodyBytes)
      if (wrong) return fail(wrong)
      missingBytes = bodyBytes
      const bodyStart = end + 4 - seen
      head = ''
      takeBody(length - bodyStart)
    }
    const takeBody = (bytes: number) => {
      missingBytes -= bytes
      if (missingBytes < 0) fail('sent more than its content-length')
      else if (missingBytes === 0) onAnswer()
    }
    const fail = (why: string) => {
      socket.destroy()
      const error = new Error(`http://${host}:${port} ${why}`)
      if (open) onError(error)
      else reject(error)
    }

    const socket: Socket = connect({
      host,
      port,
      noDelay: true,
      // One buffer for all: what came is looked at before the next read, and never kept.
      onread: {
        buffer: readBuffer,
        callback: (length, chunk) => {
          take(length, chunk as Buffer)
          return true
        },
      },
    })
    socket.once('error', (error) => fail(error.message))
    socket.once('end', () => fail('closed the connection'))
    socket.once('connect', () => {
      open = true
      resolve({ send: () => void socket.write(request), close: () => void socket.removeAllListeners('end').destroy() })
    })
  })

const readBuffer = Buffer.allocUnsafe(64 * 1024)
const maxHeadBytes = 16 * 1024

const problemOf = (head: string, bodyBytes: number): string | undefined => {
  if (!head.startsWith('HTTP/1.1 200 ')) return `answered ${head.slice(0, head.indexOf('\r\n'))}`
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  return Number(length) === bodyBytes ? undefined : `sent a body of ${length} bytes instead of ${bodyBytes}`
}
