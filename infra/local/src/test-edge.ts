import { once } from 'node:events'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import type { TLSSocket } from 'node:tls'

export interface EdgeAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As it came, still compressed. */
  readonly body: Buffer
}

export interface EdgeClient {
  /** What both sides agreed on by ALPN. */
  readonly protocol: string | false | null
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<EdgeAnswer>
  close(): void
}

/** One HTTP/2 connection to the edge, whose certificate is its own. */
export const connectToEdge = async (url: string): Promise<EdgeClient> => {
  const session = connect(url, { rejectUnauthorized: false })
  await once(session, 'connect')
  return {
    protocol: (session.socket as TLSSocket).alpnProtocol,
    get: (path, headers = {}) => get(session, path, headers),
    close: () => session.close(),
  }
}

const get = async (session: ClientHttp2Session, path: string, headers: Readonly<Record<string, string>>) => {
  const stream = session.request({ ':path': path, ...headers })
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return { status: answered[':status'], headers: answered, body: Buffer.concat(chunks) }
}
