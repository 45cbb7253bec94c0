import * as http from 'node:http'
import * as https from 'node:https'
import type { Person } from '@fastpath/testing'

/** One request of a mix. */
export interface LoadRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly token?: string
  readonly json?: unknown
}

export interface LoadOptions {
  readonly url: string
  readonly perSecond: number
  /** The n-th request, from 0. */
  readonly request: (index: number) => LoadRequest
  /** Told of each outcome; milliseconds are from the moment in which it was due. */
  readonly onDone: (outcome: string, tookMs: number, request: LoadRequest) => void
}

export interface Load {
  readonly sent: number
  /** Sends nothing more; resolves when all that was sent is answered. */
  end(): Promise<void>
}

/** Asks at a constant rate over connections that are kept, whether answers come or not. Nothing is asked twice. */
export const startLoad = ({ url, perSecond, request, onDone }: LoadOptions): Load => {
  const { ask, close } = openClient(url)
  const inFlight = new Set<Promise<void>>()
  const startMs = performance.now()
  let sent = 0
  const send = (index: number, dueMs: number) => {
    const wanted = request(index)
    const asking = ask(wanted).then((outcome) => {
      inFlight.delete(asking)
      onDone(outcome, performance.now() - dueMs, wanted)
    })
    inFlight.add(asking)
  }
  const timer = setInterval(() => {
    const dueBy = ((performance.now() - startMs) / 1000) * perSecond
    for (; sent < dueBy; sent++) send(sent, startMs + (sent / perSecond) * 1000)
  }, 2)
  return {
    get sent() {
      return sent
    },
    async end() {
      clearInterval(timer)
      await Promise.all(inFlight)
      close()
    },
  }
}

/** How many requests a second are answered when so many are always on the way. */
export const measureCapacity = async ({ url, request }: Pick<LoadOptions, 'url' | 'request'>, ms: number) => {
  const { ask, close } = openClient(url)
  const endMs = performance.now() + ms
  let asked = 0
  const askOn = async () => {
    while (performance.now() < endMs) {
      const outcome = await ask(request(asked++))
      // A refusal costs next to nothing, and would count as much as an answer.
      if (!isAnswered(outcome)) throw new Error(`a request was answered with ${outcome}`)
    }
  }
  await Promise.all(Array.from({ length: 32 }, askOn))
  close()
  return (asked / ms) * 1000
}

/** Below the edge's limit for one address. */
export const maxConnections = 150

export const isAnswered = (outcome: string): boolean => /^2\d\d$/.test(outcome)

/** Resolves with the status, or with what went wrong. */
const openClient = (url: string) => {
  const { Agent, request } = url.startsWith('https:') ? https : http
  // Closed before the edge would close an idle one.
  const agent = new Agent({ keepAlive: true, maxSockets: maxConnections, timeout: 30_000, rejectUnauthorized: false })
  const ask = ({ method = 'GET', path, token, json }: LoadRequest) =>
    new Promise<string>((resolve) => {
      const headers = {
        'accept-encoding': 'gzip',
        ...(token && { authorization: `Token ${token}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
      }
      const asking = request(url + path, { agent, method, headers, signal: AbortSignal.timeout(10_000) }, (res) => {
        res.once('error', (error) => resolve(error.message)).resume()
        res.once('end', () => resolve(String(res.statusCode)))
      })
      asking.once('error', (error) => resolve(error.message))
      asking.end(json === undefined ? undefined : JSON.stringify(json))
    })
  return { ask, close: () => agent.destroy() }
}

/**
 * What readers and writers of Conduit do: of twenty requests nine by strangers, seven by who is signed in, four that write. Comments
 * are added to the first article, which nobody reads, so that the answers stay as they are.
 */
export const conduitMix = (
  people: readonly Person[],
  [first, ...slugs]: readonly string[],
  tags: readonly string[],
) => {
  const of = <T>(list: readonly T[], index: number) => list[index % list.length] as T
  return (index: number): LoadRequest => {
    const turn = Math.floor(index / 20)
    const { token, username } = of(people, turn)
    const slug = of(slugs, turn)
    const page = '/api/articles?limit=20'
    const text = { title: `Turn ${turn}`, description: 'What was seen', body: 'word '.repeat(100), tagList: ['load'] }
    const mix: readonly LoadRequest[] = [
      { path: page },
      { path: '/api/tags' },
      { path: page, token },
      { path: `/api/articles/${slug}` },
      { method: 'POST', path: `/api/articles/${slug}/favorite`, token },
      { path: `${page}&tag=${of(tags, turn)}` },
      { path: '/api/articles/feed', token },
      { path: `/api/articles/${slug}/comments` },
      { path: '/api/user', token },
      { method: 'POST', path: `/api/articles/${first}/comments`, token, json: { comment: { body: 'So it is.' } } },
      { path: `${page}&author=${username}` },
      { path: `/api/articles/${slug}`, token },
      { path: `/api/profiles/${username}` },
      { path: `${page}&offset=20` },
      { method: 'DELETE', path: `/api/articles/${slug}/favorite`, token },
      { path: page, token },
      { path: `/api/profiles/${of(people, turn + 1).username}`, token },
      { path: page },
      turn % 10 === 0
        ? { method: 'POST', path: '/api/articles', token, json: { article: text } }
        : { method: 'POST', path: `/api/profiles/${of(people, turn + 1).username}/follow`, token },
      { path: '/api/articles/feed', token },
    ]
    return of(mix, index)
  }
}
