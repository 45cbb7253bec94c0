import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { Page, Way } from './ways.js'

/** HTTP and JSON at their barest: no framework, one route, connections that are kept, one each for what is in flight. */
export const httpWay: Way = {
  async serve({ answer }) {
    const server = createServer((req, res) => {
      const query = new URLSearchParams(req.url?.slice(path.length))
      const page = answer({ limit: Number(query.get('limit')), offset: Number(query.get('offset')) })
      const body = Buffer.from(JSON.stringify(page))
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      res.end(body)
    })
    server.keepAliveTimeout = 120_000
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  async open({ address, inFlight }) {
    const pool = new Pool(address, { connections: inFlight, pipelining: 1, keepAliveTimeout: 120_000 })
    return {
      async ask({ limit, offset }) {
        const { statusCode, body } = await pool.request({
          method: 'GET',
          path: `${path}limit=${limit}&offset=${offset}`,
          headersTimeout: 2_000,
        })
        if (statusCode !== 200) throw new Error(`status ${statusCode}`)
        return (await body.json()) as Page
      },
      close: () => pool.close(),
    }
  },
}

const path = '/articles?'
