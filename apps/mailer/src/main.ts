import { commentAdded, userContract, userFollowed, userRegistered } from '@fastpath/contracts'
import { connect, createInbox } from '@fastpath/messaging'
import { createPool } from '@fastpath/pooling'
import { runService } from '@fastpath/runtime'
import { readConfig } from './config.js'
import { createHandlers } from './handlers/index.js'
import { createPost } from './post.js'

await runService('mailer', async ({ own, health, metrics, log, callSites, queryLog }) => {
  const config = readConfig(process.env)
  const telling = { metrics, log, callSites }
  const { databaseUrl, poolMax, poolPrepare } = config
  const prepare = poolPrepare === '1'
  const pool = own(createPool({ url: databaseUrl, max: poolMax, prepare, name: 'mailer', ...telling, queryLog }))
  await pool.check()
  const post = own(
    createPost({
      url: config.smtpUrl,
      from: config.mailFrom,
      maxConnections: config.smtpConnections,
      timeoutMs: config.smtpTimeoutMs,
      metrics,
    }),
  )
  const bus = own(await connect({ url: config.natsUrl, prefix: config.natsPrefix, name: 'mailer', ...telling }))
  const inbox = createInbox({ pool })
  const mail = createHandlers({ user: bus.client(userContract), post })

  bus.consume(userRegistered, { name: 'welcome', inbox, handle: mail.welcome })
  bus.consume(userFollowed, { name: 'new-follower', inbox, handle: mail.newFollower })
  bus.consume(commentAdded, { name: 'new-comment', inbox, handle: mail.newComment })
  await bus.check()
  health.check('postgres', pool.ping)
  health.check('smtp', post.ping)
  health.check('nats', bus.ping)
})
