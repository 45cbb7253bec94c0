import { readSettings, textSetting, urlSetting } from '@fastpath/runtime'

export const readConfig = (env: NodeJS.ProcessEnv) =>
  readSettings('mailer', env, {
    natsUrl: urlSetting('NATS_URL', 'nats://host:4222'),
    natsPrefix: textSetting('NATS_PREFIX', 'what stands before every subject', ''),
  })
