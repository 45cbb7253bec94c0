import { setTimeout as sleep } from 'node:timers/promises'
import { createCaches } from '@fastpath/caching'
import { feedContract } from '@fastpath/contracts'
import { Call } from '@fastpath/timing'
import { serveLab } from '../child.js'

export interface WorkerArgs {
  /** Empty: memory alone. */
  readonly redisUrl: string
}

export interface Burst {
  readonly key: string
  readonly askers: number
  /** Without it everybody loads. */
  readonly cached: boolean
}

export interface BurstTally {
  readonly loads: number
  /** How many got what the key stands for. */
  readonly right: number
  /** Milliseconds until the last one had it. */
  readonly tookMs: number
}

/** What a page with several statements takes on a busy database. */
const loadMs = 50

const start = async ({ redisUrl }: WorkerArgs) => {
  const caches = createCaches(redisUrl ? { redis: { url: redisUrl } } : {})
  const cache = caches.cache<string, { tags: string[] }>({
    name: 'stampede',
    memory: { maxBytes: 1_000_000 },
    layout: feedContract.listTags.output,
  })
  while (redisUrl && !caches.redisUsable) await sleep(5)

  const answer = async ({ key, askers, cached }: Burst): Promise<BurstTally> => {
    let loads = 0
    const load = async () => {
      loads++
      await sleep(loadMs)
      return { tags: [key] }
    }
    const startedMs = performance.now()
    const ask = async () => {
      const value = cached ? await cache.get(new Call({ timeoutMs: 5_000 }), key, load) : await load()
      return value?.tags[0] === key
    }
    const answers = await Promise.all(Array.from({ length: askers }, ask))
    return { loads, right: answers.filter(Boolean).length, tookMs: performance.now() - startedMs }
  }
  return { started: null, answer }
}

await serveLab(start)
