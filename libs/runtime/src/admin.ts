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

export interface Admin {
  readonly url: string
  close(): Promise<void>
}

/** The listener for operators: `/healthz`, `/readyz`, `/metrics`, and `/` which links to them. Never on the public port. */
export const startAdmin = async ({ service, host, port, health, metrics }: AdminOptions): Promise<Admin> => {
  const pages: Record<string, () => Promise<Page> | Page> = {
    '/': () => ({ status: 200, type: 'text/html; charset=utf-8', body: indexPage(service) }),
    // Alive is whoever answers at all: restarting for the sake of a sick back end would only add to the trouble.
    '/healthz': () => ({ status: 200, type: 'application/json', body: '{"status":"ok"}' }),
    '/readyz': async () => {
      const report = await health.report()
      return { status: report.ready ? 200 : 503, type: 'application/json', body: JSON.stringify(report) }
    },
    '/metrics': () => ({ status: 200, type: prometheusContentType, body: formatPrometheus(metrics) }),
  }

  const server = createServer(async (req, res) => {
    const page = await pages[(req.url ?? '/').split('?', 1)[0] as string]?.()
    const { status, type, body } = page ?? { status: 404, type: 'text/plain', body: 'not found\n' }
    res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

const indexPage = (service: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${service} · Fastpath</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>${service}</h1>
<ul>
<li><a href="/healthz">/healthz</a>: the process is alive
<li><a href="/readyz">/readyz</a>: started, not draining; its back ends
<li><a href="/metrics">/metrics</a>: counters and latencies for Prometheus
</ul>
`
