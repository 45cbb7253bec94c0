import { userContract } from '@fastpath/contracts'
import { connect } from '@fastpath/messaging'
import { createPool, statement } from '@fastpath/pooling'
import { readSettings, runService, textSetting, urlSetting } from '@fastpath/runtime'

const profileById = statement<
  { id: number; username: string; bio: string | null; image: string | null; version: number },
  [id: number]
>('profile_by_id', 'select id, username, bio, image, version from account where id = $1')

/** The user service as it must not be: for a batch of profiles it asks for one after the other. */
await runService('user', async ({ own, callSites, queryLog }) => {
  const config = readSettings('user', process.env, {
    databaseUrl: urlSetting('DATABASE_URL', 'postgres://user:password@host:5432/database'),
    natsUrl: urlSetting('NATS_URL', 'nats://host:4222'),
    natsPrefix: textSetting('NATS_PREFIX', 'what stands before every subject', ''),
  })
  const pool = own(createPool({ url: config.databaseUrl, name: 'user', callSites, queryLog }))
  const bus = own(await connect({ url: config.natsUrl, prefix: config.natsPrefix, name: 'user', callSites }))
  const { getProfiles } = userContract
  bus.serve(
    { getProfiles },
    {
      async getProfiles(call, { ids }) {
        const profiles = []
        for (const id of ids) {
          const profile = await pool.one(call, profileById, [id]) // planted: one statement each
          if (profile) profiles.push(profile)
        }
        return { profiles }
      },
    },
  )
})
