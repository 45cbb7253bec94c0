import type { Lab } from './experiment.js'

export interface OpenLab extends Lab {
  /** Closes what the experiment owns, the last first. What comes later, from a start under way, is closed as it comes. */
  close(): Promise<void>
}

/** What one run of an experiment is given. */
export const openLab = ({ quick, say }: Pick<Lab, 'quick' | 'say'>): OpenLab => {
  const owned: { close(): Promise<unknown> | unknown }[] = []
  let closing: Promise<void> | undefined

  const closeOne = async (resource: (typeof owned)[number]) => {
    try {
      await resource.close()
    } catch (error) {
      say(`did not close cleanly: ${error instanceof Error ? error.message : error}`)
    }
  }
  const closeAll = async () => {
    for (let last = owned.pop(); last; last = owned.pop()) await closeOne(last)
  }

  return {
    quick,
    say,
    own(resource) {
      if (closing) void closeOne(resource)
      else owned.push(resource)
      return resource
    },
    close: () => (closing ??= closeAll()),
  }
}
