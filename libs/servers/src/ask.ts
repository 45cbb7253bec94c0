import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface Question {
  url: URL
  defaultPort: number
  tls?: boolean
  /** What to say first. */
  hello?: string | Buffer
  /** Looks at all that came so far: true is the right answer, undefined not yet the whole of it; throws on a wrong one. */
  judge: (answer: Buffer) => true | undefined
  timeoutMs: number
}

/** Connects, asks, judges the answer, hangs up. Rejects with what was wrong, in the reader's words and without secrets. */
export const ask = ({ url, defaultPort, tls, hello, judge, timeoutMs }: Question): Promise<void> =>
  new Promise((resolve, reject) => {
    const at = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) }
    const socket = tls ? connectTls({ ...at, servername: at.host }) : connect(at)
    let answer = Buffer.alloc(0)
    const finish = (error?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      error ? reject(error) : resolve()
    }
    const timer = setTimeout(() => finish(new Error(`gave no answer within ${timeoutMs} ms`)), timeoutMs)
    if (hello) socket.write(hello)
    socket.on('error', (error: NodeJS.ErrnoException) => finish(new Error(inWords(error))))
    socket.on('close', () => finish(new Error('closed the connection without an answer')))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      try {
        if (judge(answer)) finish()
      } catch (error) {
        finish(error as Error)
      }
    })
  })

const inWords = ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'ECONNREFUSED') return 'refused the connection'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'is not a host that can be found'
  return message || `failed with ${code}`
}
