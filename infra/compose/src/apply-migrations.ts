import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createServiceRole, migrate, readPoolerUsers } from '@fastpath/pooling'
import type { readMigrateSettings } from './settings.js'

/**
 * Each service's role with the password of its URL, its schema and its migrations, and the pooler's file of users. What
 * was done already is left as it is, so it runs before every start.
 */
export const applyMigrations = async (
  { adminUrl, userUrl, feedUrl, mailerUrl, migrations, poolerUsers }: ReturnType<typeof readMigrateSettings>,
  say: (line: string) => void,
): Promise<void> => {
  const roles: string[] = []
  for (const [schema, serviceUrl] of [
    ['user', userUrl],
    ['feed', feedUrl],
    ['mailer', mailerUrl],
  ] as const) {
    const [role, password] = credentialsIn(schema, serviceUrl)
    const url = await createServiceRole(adminUrl, { schema, role, password })
    const applied = await migrate({
      url,
      directory: join(migrations, schema),
      say: (line) => say(`${schema}: ${line}`),
    })
    say(`${schema}: ${applied} applied`)
    roles.push(role)
  }
  // Complete from its first moment: the pooler may be reading it.
  await writeFile(`${poolerUsers}.new`, await readPoolerUsers(adminUrl, roles), { mode: 0o640 })
  await rename(`${poolerUsers}.new`, poolerUsers)
}

const credentialsIn = (service: string, url: string): [role: string, password: string] => {
  const { username, password } = new URL(url)
  if (!username || !password) throw new Error(`the database URL of ${service} holds no role and password`)
  return [decodeURIComponent(username), decodeURIComponent(password)]
}
