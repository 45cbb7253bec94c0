import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { showMail } from './mail-pages.js'

export interface AdminPage {
  readonly url: string
  close(): Promise<void>
}

interface Service {
  readonly name: string
  readonly adminUrl: string
}

export interface AdminPageOptions {
  readonly port: number
  readonly gateway: Service
  readonly services: readonly Service[]
  /** Of the development mailbox; null where real mail is sent. */
  readonly mailFolder: string | null
}

/**
 * One page for the operator of the local stack: every service, with links to its admin listener; the gateway's view of all
 * latencies; and the mails that were sent.
 */
export const startAdminPage = async (options: AdminPageOptions): Promise<AdminPage> => {
  const { port, gateway, services, mailFolder } = options
  const page = render([gateway, ...services], mailFolder !== null)
  const server = createServer((req, res) => {
    if (/^\/latency(\.json)?(\?|$)/.test(req.url ?? '')) return void passOn(gateway.adminUrl + req.url, res)
    if (mailFolder !== null && /^\/mail([./?]|$)/.test(req.url ?? ''))
      return void showMail(mailFolder, req.url ?? '', res)
    if (req.url !== '/') return void res.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...notStored }).end(page)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers with what another listener answers; a gateway that is away is told, not waited for. */
const passOn = async (url: string, res: ServerResponse): Promise<void> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(passOnTimeoutMs) })
    const body = await answer.text()
    res.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain', ...notStored })
    res.end(body)
  } catch {
    res.writeHead(502, { 'content-type': 'text/plain', ...notStored }).end('the gateway does not answer\n')
  }
}

const passOnTimeoutMs = 5_000
const notStored = { 'cache-control': 'no-store' }

const render = (services: readonly Service[], hasMailbox: boolean): string => {
  const rows = services.map(
    ({ name, adminUrl }) => `<tr><th>${name}<td><a href="${adminUrl}">${adminUrl}</a>
<td><a href="${adminUrl}/readyz">ready?</a><td><a href="${adminUrl}/metrics">metrics</a>`,
  )
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Fastpath on this machine</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
th{text-align:left}th,td{padding:.2rem 1.2rem .2rem 0}</style>
<h1>Fastpath on this machine</h1>
<table>${rows.join('\n')}</table>
<p><a href="/latency">/latency</a>: percentiles over all processes; <a href="/latency.json">for programs</a>
${hasMailbox ? mailbox : ''}`
}

const mailbox = `<p><a href="/mail">/mail</a>: what the mailer has sent, kept here and delivered to nobody; <a href="/mail.json">for programs</a>
`
