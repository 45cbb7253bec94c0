import { connect } from '@fastpath/messaging'
import { runService } from '@fastpath/runtime'
import { createApp } from './app.js'
import { openCachedClients } from './caches/open-cached-clients.js'
import { createClients } from './clients.js'
import { readConfig } from './config.js'
import { addLatencyPages } from './latency.js'
import { createLoginLimit } from './limits/login-limit.js'
import { rehearse } from './rehearse.js'
import { openResponseCache } from './response-cache/open-response-cache.js'
import { startServer } from './server.js'
import { createTimingGate } from './timing-gate.js'

await runService('gateway', async ({ own, admin, health, metrics, log, nPlusOne, callSites }) => {
  const config = readConfig(process.env)
  const bus = own(
    await connect({ url: config.natsUrl, prefix: config.natsPrefix, name: 'gateway', metrics, log, callSites }),
  )
  const { limit: loginLimit } = own(
    createLoginLimit({ attempts: config.loginAttempts, redisUrl: config.redisUrl || undefined, log }),
  )
  const { clients, caches, warm } = own(openCachedClients(createClients(bus), { ...config, bus, metrics, log }))
  const responses = openResponseCache({ ...config, caches, metrics, log })
  await bus.check()
  const warmedByMs = performance.now() + config.warmTimeoutMs
  await warm()
  const app = createApp(clients, { ...config, loginLimit, metrics, log, nPlusOne, responses })
  const serving = { ...config, timingGate: createTimingGate(config), responses, log }
  await rehearse(app, serving, warmedByMs)
  metrics.reset()
  const server = own(await startServer(app, serving))

  addLatencyPages(admin, { bus, metrics, log })
  health.check('nats', bus.ping)
  if (config.redisUrl) {
    health.check('redis', async () => {
      if (!caches.redisUsable) throw new Error('is away or slow: what is cached is kept in memory alone')
    })
  }
  return { url: server.url }
})
