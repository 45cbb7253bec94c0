import { createDataset, createRandom, loadDataset } from '@fastpath/fixtures'
import { type Server, type ServiceProcess, startNats } from '@fastpath/servers'
import { until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 20, articles: 200, tagsPerArticle: 2, favorites: 100, comments: 0, follows: 0 })
const paths = ['/api/articles', '/api/articles?tag=latency', '/api/tags', `/api/articles/${data.article(3).slug}`]
const forMs = 90_000

let nats: Server
let stack: TestStack
beforeAll(async () => {
  nats = await startNats({ external: false })
  stack = await startTestStack({
    natsUrl: nats.url,
    fill: ({ urls }) => loadDataset(urls, data),
  })
}, 60_000)
afterAll(async () => {
  await stack?.close()
  await nats?.stop()
}, 60_000)

test(
  'a minute and a half of kills at random: every request is answered in time, and after each restart all is well',
  async () => {
    const random = createRandom(Date.now())
    const endMs = performance.now() + forMs
    const seen = new Map<number, number>()
    let slowestMs = 0
    const load = Array.from({ length: 8 }, async () => {
      while (performance.now() < endMs) {
        const startedMs = performance.now()
        const res = await fetch(stack.url + random.pick(paths))
        await res.arrayBuffer()
        slowestMs = Math.max(slowestMs, performance.now() - startedMs)
        seen.set(res.status, (seen.get(res.status) ?? 0) + 1)
        // A refusal costs next to nothing: without a pause there would be little else.
        if (res.status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })

    const services: Record<'user' | 'feed', ServiceProcess> = { user: stack.user, feed: stack.feed }
    let kills = 0
    while (performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, random.below(1_500)))
      const victim = random.pick(['nats', 'user', 'feed'] as const)
      if (victim === 'nats') {
        await nats.kill()
        await new Promise((resolve) => setTimeout(resolve, random.below(500)))
        await nats.restart()
      } else {
        await services[victim].kill()
        services[victim] = await stack.startService(victim)
      }
      kills++
      await until(
        `all is well after ${victim} was killed`,
        async () => (await fetch(`${stack.url}/api/articles`)).ok,
        3_000,
      )
    }
    await Promise.all(load)
    console.log(
      `${kills} kills; answers by status: ${JSON.stringify(Object.fromEntries(seen))}; slowest ${Math.round(slowestMs)} ms`,
    )
    expect([...seen.keys()].filter((status) => ![200, 503, 504].includes(status))).toEqual([])
    expect(kills).toBeGreaterThan(10)
    expect(seen.get(200) ?? 0).toBeGreaterThan(1_000)
    expect(slowestMs).toBeLessThan(5_000)
  },
  forMs + 60_000,
)
