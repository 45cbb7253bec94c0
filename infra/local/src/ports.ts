import { createServer } from 'node:net'

/**
 * Makes sure that a port can be had, before anything else is started; 0 always can.
 *
 * @throws Error that names the port and the setting that chooses another.
 */
export const checkPortFree = (setting: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`port ${port} ${why(error.code)}: choose another, as in ${setting}=${port + 10} npm start`)),
    )
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })

const why = (code: string | undefined): string => {
  if (code === 'EADDRINUSE') return 'is taken'
  if (code === 'EACCES') return 'needs more rights'
  return `can't be used (${code})`
}
