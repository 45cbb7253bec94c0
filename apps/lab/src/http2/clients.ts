import { once } from 'node:events'
import { connect } from 'node:http2'
import { Agent, get } from 'node:https'

/** Connections to one server, and whatever is open of them. */
export interface Client {
  /** Asks for all at once; the bodies in the same order, as they came. @throws Error unless each is 200. */
  load(paths: readonly string[]): Promise<Buffer[]>
  close(): void
}

export type OpenClient = (origin: string, ca: Buffer) => Client

const headers = { 'accept-encoding': 'br' }

/** As browsers do: what finds none of six connections free waits for one. */
export const openHttp1: OpenClient = (origin, ca) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 6, ca })
  const ask = (path: string) =>
    new Promise<Buffer>((resolve, reject) => {
      get(`${origin}${path}`, { agent, headers }, (res) => {
        bodyOf(res, res.statusCode, path).then(resolve, reject)
      }).on('error', reject)
    })
  return { load: (paths) => Promise.all(paths.map(ask)), close: () => agent.destroy() }
}

/** All at once on one connection. */
export const openHttp2: OpenClient = (origin, ca) => {
  const session = connect(origin, { ca })
  // Every request on it fails, and tells.
  session.on('error', () => {})
  const ask = async (path: string) => {
    const stream = session.request({ ':path': path, ...headers })
    const [answered] = await once(stream, 'response')
    return bodyOf(stream, answered[':status'], path)
  }
  return { load: (paths) => Promise.all(paths.map(ask)), close: () => session.destroy() }
}

const bodyOf = async (stream: AsyncIterable<Buffer>, status: number | undefined, path: string): Promise<Buffer> => {
  if (status !== 200) throw new Error(`${path} answered ${status}`)
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
