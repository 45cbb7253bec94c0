import { readSettings, textSetting, urlSetting } from '@fastpath/runtime'

const example = 'postgres://user:password@host:5432/database'

export const readMigrateSettings = (env: NodeJS.ProcessEnv) =>
  readSettings('migrate', env, {
    // PostgreSQL itself: what holds a lock for its session can't go through a pooler.
    adminUrl: urlSetting('ADMIN_DATABASE_URL', example),
    userUrl: urlSetting('USER_DATABASE_URL', example),
    feedUrl: urlSetting('FEED_DATABASE_URL', example),
    mailerUrl: urlSetting('MAILER_DATABASE_URL', example),
    migrations: textSetting('MIGRATIONS', 'a folder with one of migrations for each service'),
    poolerUsers: textSetting('POOLER_USERS', 'the file that PgBouncer reads its users from; it is written'),
  })
