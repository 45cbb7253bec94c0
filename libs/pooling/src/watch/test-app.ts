import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { until } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import express, { type Express } from 'express'
import { type WatchOptions, watchRequests } from './watch-requests.js'

export interface TestApp {
  readonly app: Express
  /** The answer to a GET, with what was told of it. */
  ask(path: string): Promise<Asked>
  close(): Promise<void>
}

export interface Asked {
  readonly status: number
  readonly body: string
  /** `Server-Timing`, by name. */
  readonly timing: Readonly<Record<string, { readonly durMs?: number; readonly desc?: string }>>
  readonly timingNames: readonly string[]
  /** Messages that came to the log until the answer was over. */
  readonly told: readonly string[]
}

/** A foreign app, watched, on a port of its own. */
export const startTestApp = async (options: WatchOptions = {}): Promise<TestApp> => {
  const lines: string[] = []
  let closed = 0
  const app = express()
  app.use(watchRequests({ log: { warn: (_details, message) => void lines.push(message) }, ...options }))
  app.use((_req, res, next) => {
    res.once('close', () => closed++)
    next()
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    app,
    async ask(path) {
      const before = { lines: lines.length, closed }
      const res = await fetch(`http://127.0.0.1:${port}${path}`)
      const body = await res.text()
      await until('the answer is over', () => closed > before.closed)
      const entries = parseServerTiming(res.headers.get('server-timing') ?? '')
      return {
        status: res.status,
        body,
        timing: Object.fromEntries(entries.map(({ name, ...entry }) => [name, entry])),
        timingNames: entries.map(({ name }) => name),
        told: lines.slice(before.lines),
      }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** `libs/…/a.test.ts:12`, of the line that ends with `// mark`, or that is like it. */
export const siteOf = (url: string, mark: string | RegExp): string => {
  const lines = readFileSync(new URL(url), 'utf8').split('\n')
  const isMarked = (line: string) => (typeof mark === 'string' ? line.endsWith(`// ${mark}`) : mark.test(line))
  return `${new URL(url).pathname.slice(process.cwd().length + 1)}:${lines.findIndex(isMarked) + 1}`
}
