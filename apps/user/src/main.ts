import { userContract } from '@fastpath/contracts'
import { connect } from '@fastpath/messaging'
import { createPool } from '@fastpath/pooling'
import { runService } from '@fastpath/runtime'
import { readConfig } from './config.js'
import { createHandlers } from './handlers/index.js'

await runService('user', async ({ own, health, metrics, log }) => {
  const config = readConfig(process.env)
  const pool = own(createPool({ url: config.databaseUrl, max: config.poolMax, name: 'user', metrics }))
  const bus = own(await connect({ url: config.natsUrl, prefix: config.natsPrefix, name: 'user', metrics, log }))

  bus.serve(userContract, createHandlers({ pool }), { maxInFlight: config.maxInFlight })
  health.check('postgres', pool.ping)
  health.check('nats', bus.ping)
})
