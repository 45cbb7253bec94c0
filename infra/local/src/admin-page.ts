import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AdminPage {
  readonly url: string
  close(): Promise<void>
}

/** One page for the operator of the local stack: every service, with links to its admin listener. */
export const startAdminPage = async (
  port: number,
  services: readonly { readonly name: string; readonly adminUrl: string }[],
): Promise<AdminPage> => {
  const page = render(services)
  const server = createServer((req, res) => {
    if (req.url !== '/') return void res.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page)
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

const render = (services: readonly { name: string; adminUrl: string }[]): string => {
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
`
}
