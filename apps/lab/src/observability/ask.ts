import { createServer, IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

/**
 * Hands requests to an app as Node's server does, without a network: what the kernel and a client would add is some
 * hundred microseconds, in which ten are not to be seen. Resolves with the answer's body when it has been sent.
 */
export const createAsker = (listener: RequestListener) => {
  const server = createServer(listener)
  let sent = ''
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      sent += chunk
      done()
    },
  })

  return (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      sent = ''
      const req = new IncomingMessage(socket as never)
      Object.assign(req, { method: 'GET', url, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 })
      req.headers = { host: '127.0.0.1', 'user-agent': 'lab' }
      req.push(null)
      const res = new ServerResponse(req)
      res.assignSocket(socket as never)
      res.once('finish', () => {
        res.detachSocket(socket as never)
        res.emit('close')
        const [head = '', body = ''] = sent.split('\r\n\r\n')
        if (head.startsWith('HTTP/1.1 200 ')) resolve(body)
        else reject(new Error(`${url} answered ${head}`))
      })
      server.emit('request', req, res)
    })
}
