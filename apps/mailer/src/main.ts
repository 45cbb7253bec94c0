import { connect } from '@fastpath/messaging'
import { runService } from '@fastpath/runtime'
import { readConfig } from './config.js'

/** Connected and healthy, and so far with nothing to do: no event is declared yet. */
await runService('mailer', async ({ own, health, metrics, log }) => {
  const config = readConfig(process.env)
  const bus = own(await connect({ url: config.natsUrl, prefix: config.natsPrefix, name: 'mailer', metrics, log }))

  health.check('nats', bus.ping)
})
