import { connect } from '@fastpath/messaging'
import { runService } from '@fastpath/runtime'
import { createApp } from './app.js'
import { createClients } from './clients.js'
import { readConfig } from './config.js'
import { startServer } from './server.js'

await runService('gateway', async ({ own, health, metrics, log }) => {
  const config = readConfig(process.env)
  const bus = own(await connect({ url: config.natsUrl, prefix: config.natsPrefix, name: 'gateway', metrics, log }))
  const app = createApp(createClients(bus), { metrics, log })
  const server = own(await startServer(app, { ...config, log }))

  health.check('nats', bus.ping)
  return { url: server.url }
})
