import type { Address } from './http-request.js'
import { openSteadyConnection, type SteadyConnection } from './steady-connection.js'

export interface FreeConnections {
  /** One that can send; undefined while all are busy. */
  take(): SteadyConnection | undefined
  close(): void
}

export interface FreeConnectionsOptions extends Address {
  readonly connections: number
  readonly timeoutMs: number
  /** One has become free. */
  readonly onFree: () => void
}

/** Opens them all before the clock runs. @throws Error when one can't be opened; then none stays open. */
export const openConnections = async (options: FreeConnectionsOptions): Promise<FreeConnections> => {
  const { host, port, connections, timeoutMs, onFree } = options
  const free: SteadyConnection[] = []
  const open = () =>
    openSteadyConnection({
      host,
      port,
      timeoutMs,
      onFree(connection) {
        free.push(connection)
        onFree()
      },
      onLost(connection) {
        const at = free.indexOf(connection)
        if (at >= 0) free.splice(at, 1)
      },
    })
  const results = await Promise.allSettled(Array.from({ length: connections }, open))
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const close = () => {
    for (const connection of opened) connection.close()
  }
  const refused = results.find((result) => result.status === 'rejected')
  if (refused) {
    close()
    throw refused.reason
  }
  // The last one first: at a low rate a few stay warm, and a server closes the others unnoticed.
  return { take: () => free.pop(), close }
}
