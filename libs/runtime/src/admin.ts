import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatPrometheus, type Metrics, prometheusContentType } from '@fastpath/timing'
import type { Health } from './health.js'

export interface AdminOptions {
  readonly service: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly health: Health
  readonly metrics: Metrics
}

/** What a service may do to its listener for operators. */
export interface AdminPages {
  /** Adds a page, for good; `about` stands beside its link on the index. What `give` throws is a 500 with its message. */
  page(path: `/${string}`, about: string, give: (query: URLSearchParams) => Promise<AdminPage> | AdminPage): void
}

export interface AdminPage {
  readonly status: number
  readonly type: string
  readonly body: string
}

export interface Admin extends AdminPages {
  readonly url: string
  close(): Promise<void>
}

/** The listener for operators: `/healthz`, `/readyz`, `/metrics`, what a service adds, and `/` which links to them. Never on the public port. */
export const startAdmin = async ({ service, host, port, health, metrics }: AdminOptions): Promise<Admin> => {
  const pages = new Map<string, { about: string; give: Parameters<AdminPages['page']>[2] }>()
  const page: AdminPages['page'] = (path, about, give) => void pages.set(path, { about, give })

  // Alive is whoever answers at all: restarting for the sake of a sick back end would only add to the trouble.
  page('/healthz', 'the process is alive', () => ({ status: 200, type: 'application/json', body: '{"status":"ok"}' }))
  page('/readyz', 'started, not draining; its back ends', async () => {
    const report = await health.report()
    return { status: report.ready ? 200 : 503, type: 'application/json', body: JSON.stringify(report) }
  })
  page('/metrics', 'counters and latencies for Prometheus', () => ({
    status: 200,
    type: prometheusContentType,
    body: formatPrometheus(metrics),
  }))

  const answer = async (path: string, query: URLSearchParams): Promise<AdminPage> => {
    if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: indexPage(service, pages) }
    try {
      return (await pages.get(path)?.give(query)) ?? { status: 404, type: 'text/plain', body: 'not found\n' }
    } catch (error) {
      return {
        status: 500,
        type: 'text/plain; charset=utf-8',
        body: `${error instanceof Error ? error.message : error}\n`,
      }
    }
  }

  const server = createServer(async (req, res) => {
    const [path = '/', query] = (req.url ?? '/').split('?', 2)
    const { status, type, body } = await answer(path, new URLSearchParams(query))
    res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    page,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const indexPage = (service: string, pages: ReadonlyMap<string, { readonly about: string }>): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${service} · Fastpath</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>${service}</h1>
<ul>
${[...pages].map(([path, { about }]) => `<li><a href="${path}">${path}</a>: ${about}`).join('\n')}
</ul>
`
