export interface Closable {
  close(): Promise<void>
}

export interface ClosingStack {
  own<T extends Closable>(resource: T): T
  /** Closes everything in the reverse of the order in which it came, then ends the process. */
  close(exitCode: number): Promise<void>
}

/** By then a stop is done, or the process leaves without. */
const closeTimeoutMs = 9_500

/** What `npm start` has started, so that it stops in order, whenever and why ever it stops. */
export const closingStack = (say: (line: string) => void): ClosingStack => {
  const owned: Closable[] = []
  let closing = false

  const closeLast = async (): Promise<void> => {
    // Read anew each time: what was still starting when the stop began arrives later, and is closed too.
    for (let last = owned.pop(); last; last = owned.pop()) await last.close()
  }

  return {
    own(resource) {
      owned.push(resource)
      if (closing) void closeLast()
      return resource
    },
    async close(exitCode) {
      if (closing) return
      closing = true
      if (owned.length > 0) say('stopping')
      setTimeout(() => process.exit(1), closeTimeoutMs).unref()
      try {
        await closeLast()
      } catch (error) {
        say(`did not stop cleanly: ${error instanceof Error ? error.message : error}`)
        process.exit(1)
      }
      process.exit(exitCode)
    },
  }
}
