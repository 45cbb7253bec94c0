import { choiceSetting, integerSetting, readSettings, type Setting, textSetting, urlSetting } from '@fastpath/runtime'

export const readConfig = (env: NodeJS.ProcessEnv) =>
  readSettings('mailer', env, {
    databaseUrl: urlSetting('DATABASE_URL', 'postgres://user:password@host:5432/database'),
    natsUrl: urlSetting('NATS_URL', 'nats://host:4222'),
    natsPrefix: textSetting('NATS_PREFIX', 'what stands before every subject', ''),
    // Behind PgBouncer before 1.21 nothing can be prepared.
    poolPrepare: choiceSetting('POOL_PREPARE', ['1', '0'], '1'),
    poolMax: integerSetting('POOL_MAX', 1, 100, 4),
    smtpUrl: smtpUrlSetting('SMTP_URL'),
    smtpConnections: integerSetting('SMTP_CONNECTIONS', 1, 100, 5),
    smtpTimeoutMs: integerSetting('SMTP_TIMEOUT_MS', 100, 600_000, 20_000),
    // No default in production: mail that claims to come from nowhere is thrown away.
    mailFrom: addressSetting('MAIL_FROM', env.NODE_ENV === 'production' ? undefined : 'conduit@localhost'),
  })

const smtpUrlSetting = (variable: string): Setting<string> => ({
  variable,
  takes: 'smtp://[user:password@]host:587 or smtps://[user:password@]host:465',
  parse: (text) =>
    URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname ? text : undefined,
})

const addressSetting = (variable: string, fallback: string | undefined): Setting<string> => ({
  variable,
  takes: 'the address that mails come from, such as news@example.com',
  ...(fallback !== undefined && { fallback }),
  parse: (text) => (/^[\w.+-]+@[a-z\d.-]+$/i.test(text) ? text : undefined),
})
