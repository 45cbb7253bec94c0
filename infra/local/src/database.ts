import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createDataset, demoSize, loadArticles, loadUsers } from '@fastpath/fixtures'
import { createServiceRole, migrate } from '@fastpath/pooling'
import postgres from 'postgres'

/** Roles, schemas, migrations, and the demo's data where there is none yet. Returns the URL of each service's role. */
export const prepareDatabase = async (adminUrl: string, root: string, say: (line: string) => void) => {
  const prepare = async (schema: string): Promise<string> => {
    // New at each start: nobody needs to know it, so it is kept nowhere.
    const url = await createServiceRole(adminUrl, { schema, password: randomBytes(24).toString('hex') })
    await migrate({ url, directory: join(root, `apps/${schema}/migrations`), say: (line) => say(`${schema}: ${line}`) })
    return url
  }
  const [user, feed, mailer] = await Promise.all([prepare('user'), prepare('feed'), prepare('mailer')])
  const demo = createDataset(demoSize)
  if (await isEmpty(user, 'account')) await loadUsers(user, demo)
  if (await isEmpty(feed, 'article')) await loadArticles(feed, demo)
  return { user, feed, mailer }
}

const isEmpty = async (url: string, table: string): Promise<boolean> => {
  const sql = postgres(url, { max: 1 })
  try {
    const [row] = await sql`select exists (select from ${sql(table)}) as filled`
    return row?.filled === false
  } finally {
    await sql.end()
  }
}
