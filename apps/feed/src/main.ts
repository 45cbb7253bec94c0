import { createCaches } from '@fastpath/caching'
import { feedContract } from '@fastpath/contracts'
import { connect, createOutbox, invalidationTransport } from '@fastpath/messaging'
import { createPool } from '@fastpath/pooling'
import { runService } from '@fastpath/runtime'
import { readConfig } from './config.js'
import { createHandlers } from './handlers/index.js'

await runService('feed', async ({ own, health, metrics, log, callSites, queryLog }) => {
  const config = readConfig(process.env)
  const { databaseUrl, directDatabaseUrl, poolMax, poolPrepare, explainSlowerThanMs, eventReplicas } = config
  const prepare = poolPrepare === '1'
  const telling = { metrics, log, callSites }
  const pool = own(
    createPool({ url: databaseUrl, max: poolMax, prepare, name: 'feed', ...telling, queryLog, explainSlowerThanMs }),
  )
  await pool.check()
  const broker = { url: config.natsUrl, prefix: config.natsPrefix, eventReplicas }
  const bus = await connect({ ...broker, name: 'feed', ...telling })
  // Closed after the bus, which lets the last writes end: caches are told of those too.
  const caches = own(
    createCaches({
      ...(config.redisUrl && { redis: { url: config.redisUrl, prefix: `fastpath:${config.natsPrefix}` } }),
      transport: invalidationTransport(bus),
      metrics,
      log,
    }),
  )
  own(bus)
  // All caches are told of every write: after it and before the reply.
  const outbox = createOutbox({ pool, invalidate: caches.invalidate })

  bus.serve(feedContract, createHandlers({ pool, outbox }), { maxInFlight: config.maxInFlight })
  // The relay's lock is one of a session, which a pooler would hand on.
  bus.relay(outbox, { databaseUrl: directDatabaseUrl || databaseUrl })
  await bus.check()
  health.check('postgres', pool.ping)
  health.check('nats', bus.ping)
})
