import { connect, type Socket } from 'node:net'
import { createAnswerReader, type HttpAnswer } from './http-answer.js'
import type { Address } from './http-request.js'

export interface HttpConnection {
  /** Sends a finished request; one at a time. */
  send(request: Buffer): void
  /** Nothing is told of it any more. */
  close(): void
}

export interface HttpConnectionOptions extends Address {
  readonly onAnswer: (answer: HttpAnswer) => void
  /** Told once, of whatever ends the connection: the server has closed it, or what it sent is no answer. */
  readonly onError: (why: Error) => void
}

/**
 * One keep-alive connection that reads just enough of an answer to know where it ends. Node's own client takes several
 * times the CPU, which on a small machine the server then lacks.
 */
export const openHttpConnection = (options: HttpConnectionOptions): Promise<HttpConnection> =>
  new Promise((resolve, reject) => {
    const { host, port, onAnswer, onError } = options
    let open = false
    let ended = false
    let waiting = false

    const fail = (why: string) => {
      if (ended) return
      close()
      const error = new Error(`http://${host}:${port} ${why}`)
      if (open) onError(error)
      else reject(error)
    }
    const close = () => {
      ended = true
      clearTimeout(late)
      socket.destroy()
    }
    const send = (request: Buffer) => {
      waiting = true
      socket.write(request)
    }
    const reader = createAnswerReader((answer) => {
      if (!waiting) throw new Error('sent more than it was asked for')
      waiting = false
      onAnswer(answer)
    })

    const socket: Socket = connect({
      host,
      port,
      noDelay: true,
      // One buffer for all: what came is looked at before the next read, and never kept.
      onread: {
        buffer: readBuffer,
        callback: (length, bytes) => {
          try {
            reader.take((bytes as Buffer).subarray(0, length))
          } catch (error) {
            fail((error as Error).message)
          }
          return !ended
        },
      },
    })
    socket.on('error', (error) => fail(error.message))
    socket.once('end', () => fail('closed the connection'))
    const late = setTimeout(() => fail('accepts no connection'), connectTimeoutMs)
    socket.once('connect', () => {
      open = true
      clearTimeout(late)
      resolve({ send, close })
    })
  })

const connectTimeoutMs = 5_000
const readBuffer = Buffer.allocUnsafe(64 * 1024)
