import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A line to a server that one process uses alone: cut, that process has lost the server and nobody else has. */
export interface Line {
  /** The server's URL, by this line. */
  readonly url: string
  /** Ends all connections and takes no new ones. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

export const openLine = async (url: string): Promise<Line> => {
  const far = new URL(url)
  const sockets = new Set<Socket>()
  let isCut = false

  const hold = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.once('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
    socket.pipe(other)
  }
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const onward = connect(Number(far.port), far.hostname)
    hold(near, onward)
    hold(onward, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  const own = new URL(url)
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url: own.href,
    cut,
    mend() {
      isCut = false
    },
    close() {
      cut()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
