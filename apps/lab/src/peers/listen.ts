import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves on any free port, tells the parent where, and ends with it. */
export const listen = (listener: RequestListener): void => {
  const server = createServer(listener)
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    process.send?.({ ready: true, adminUrl: '', url: `http://127.0.0.1:${port}` })
  })
  process.on('SIGTERM', () => process.exit())
  process.on('disconnect', () => process.exit())
}
