import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { administer, testServers } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { applyMigrations } from './apply-migrations.js'

const database = `test_${randomBytes(6).toString('hex')}`
const roles = { user: `${database}_user`, feed: `${database}_feed`, mailer: `${database}_mailer` }
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastpath-migrations-'))
  await administer(testServers().postgresUrl, (sql) => sql`create database ${sql(database)}`)
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await administer(testServers().postgresUrl, async (sql) => {
    await sql`drop database ${sql(database)} with (force)`
    for (const role of Object.values(roles)) await sql`drop role if exists ${sql(role)}`
  })
})

test('a first run makes roles, schemas and tables and the file of users; a second changes nothing', async () => {
  for (const name of ['user', 'feed', 'mailer']) {
    const from = fileURLToPath(new URL(`../../../apps/${name}/migrations`, import.meta.url))
    await cp(from, join(folder, name), { recursive: true })
  }
  const adminUrl = new URL(testServers().postgresUrl)
  adminUrl.pathname = `/${database}`
  const urlOf = (role: string) => `postgres://${role}:a%20secret@pgbouncer:6432/${database}`
  const settings = {
    adminUrl: adminUrl.href,
    userUrl: urlOf(roles.user),
    feedUrl: urlOf(roles.feed),
    mailerUrl: urlOf(roles.mailer),
    migrations: folder,
    poolerUsers: join(folder, 'users.txt'),
  }
  const said: string[] = []
  await applyMigrations(settings, (line) => said.push(line))
  expect(said).toContain('feed: applied 0001-articles.sql')
  const users = await readFile(settings.poolerUsers, 'utf8')
  expect(users.split('\n').map((line) => line.split('$')[0])).toEqual([
    `"${roles.user}" "SCRAM-SHA-256`,
    `"${roles.feed}" "SCRAM-SHA-256`,
    `"${roles.mailer}" "SCRAM-SHA-256`,
    '',
  ])
  expect(users).not.toContain('secret')

  const again: string[] = []
  await applyMigrations(settings, (line) => again.push(line))
  expect(again).toEqual(['user: 0 applied', 'feed: 0 applied', 'mailer: 0 applied'])
  const [row] = await administer(adminUrl.href, (sql) => sql`select count(*)::integer as n from feed.article`)
  expect(row).toEqual({ n: 0 })
  await expect(applyMigrations({ ...settings, feedUrl: 'postgres://pgbouncer/x' }, () => {})).rejects.toThrow(
    'the database URL of feed holds no role and password',
  )
})
