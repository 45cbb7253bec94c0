import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { foldersWith } from './find-binary.js'
import { freePort } from './free-port.js'
import { installCommand } from './install.js'
import { nats, startNats } from './nats.js'
import { nginxMissing } from './nginx.js'
import { pgBouncerMissing } from './pgbouncer.js'
import { startPostgres } from './postgres.js'
import { startRedis } from './redis.js'
import type { Server } from './server.js'
import { kinds, newFolder, privately } from './test-parts.js'

// A busy machine takes seconds to initialise a PostgreSQL.
jest.setTimeout(60_000)

const { folder, remove } = newFolder()
const stranger = createServer((_, response) => response.end('hello'))
const greeter = createTcpServer((client) => client.end('220 mail.example ESMTP\r\n'))
let servers: Server[] = []

beforeAll(async () => {
  for (const server of [stranger, greeter]) server.listen(0, '127.0.0.1')
  servers = await Promise.all(kinds.map(({ start }) => start(privately)))
})

afterAll(async () => {
  for (const server of [stranger, greeter]) server.close()
  await Promise.all([remove(), ...servers.map((server) => server.stop())])
})

test('programs are looked for on PATH, then in the usual folders, newest version first', () => {
  const program = (path: string) => {
    mkdirSync(join(folder, path), { recursive: true })
    for (const name of ['postgres', 'initdb']) {
      writeFileSync(join(folder, path, name), '')
      chmodSync(join(folder, path, name), 0o755)
    }
  }
  for (const path of ['on-path', 'lib/9/bin', 'lib/15/bin', 'lib/16/bin']) program(path)
  mkdirSync(join(folder, 'lib/17/bin'), { recursive: true })
  const found = foldersWith(['postgres', 'initdb'], `/nowhere:relative:${folder}/on-path`, [`${folder}/lib/*/bin`])
  expect(found).toEqual(['on-path', 'lib/16/bin', 'lib/15/bin', 'lib/9/bin'].map((path) => join(folder, path)))
})

test('a missing server is told with the command that installs it, and FASTPATH_INSTALL=0 forbids to run it', async () => {
  const said: string[] = []
  const env = { PATH: '', FASTPATH_INSTALL: '0' }
  const start = startNats({ env, folders: [], say: (line) => said.push(line) })
  await expect(start).rejects.toMatchObject({ code: 'SERVER_MISSING' })
  await expect(start).rejects.toThrow(installCommand(nats.packages) ?? 'package manager')
  expect(said).toEqual([])
})

test('nginx and PgBouncer are never installed unasked: where they are missing, the command that installs them is told', () => {
  expect(nginxMissing('', [])).toMatchObject({
    code: 'SERVER_MISSING',
    message: expect.stringContaining("nginx with its brotli module isn't installed; install"),
  })
  expect(pgBouncerMissing('', [])?.message).toContain("PgBouncer isn't installed; install")
})

test('the command is that of the system', () => {
  const command = (...ids: string[]) => installCommand(nats.packages, ids)
  expect(command('darwin')).toBe('brew install nats-server')
  expect(command('ubuntu', 'debian')).toContain('apt-get install -y --no-install-recommends nats-server')
  expect(command('rocky', 'rhel', 'centos', 'fedora')).toContain('dnf install -y nats-server')
  expect(command('alpine')).toContain('apk add nats-server')
  expect(command('plan9')).toBeNull()
})

test('a server of the environment is used, and neither stopped nor killed', async () => {
  for (const [at, { kind, start, write }] of kinds.entries()) {
    const url = servers[at]?.url ?? ''
    const external = await start({ env: { [kind.variable]: url } })
    expect(external).toMatchObject({ name: kind.name, url, pid: null })
    await expect(external.kill()).rejects.toMatchObject({ code: 'SERVER_EXTERNAL' })
    expect(() => external.pause()).toThrow(kind.variable)
    await external.stop()
    await write(url)
  }
})

test('a URL that leads nowhere, or to something else, is told by its variable, its address and what was wrong', async () => {
  const [http, mail] = [stranger, greeter].map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  const closed = await freePort()
  const [pg, , redis] = servers.map(({ url }) => new URL(url).host)
  const secret = 'my%20secret'
  const tell = (start: typeof startPostgres, env: NodeJS.ProcessEnv) =>
    start({ env }).catch(({ code, message }) => `${code} ${message}`)
  const told = await Promise.all([
    tell(startPostgres, { DATABASE_URL: `postgres:/${secret}` }),
    tell(startPostgres, { DATABASE_URL: `mysql://a:${secret}@${pg}/` }),
    tell(startPostgres, { DATABASE_URL: `postgres://a:${secret}@127.0.0.1:${closed}/a` }),
    tell(startPostgres, { DATABASE_URL: `postgres://a:${secret}@${http}/a` }),
    tell(startPostgres, { DATABASE_URL: `postgres://postgres:${secret}@${pg}/nope` }),
    tell(startNats, { NATS_URL: `nats://a:${secret}@${mail}` }),
    tell(startRedis, { REDIS_URL: `redis://a:${secret}@${http}` }),
    tell(startRedis, { REDIS_URL: `redis://a:${secret}@${redis}` }),
  ])
  const takes = 'is not a URL of PostgreSQL; it takes postgres://user:password@host:5432/database'
  expect(told).toEqual([
    `SERVER_URL DATABASE_URL ${takes}`,
    `SERVER_URL DATABASE_URL ${takes}`,
    `SERVER_URL DATABASE_URL: 127.0.0.1:${closed} refused the connection`,
    `SERVER_URL DATABASE_URL: ${http} answers, but is not PostgreSQL`,
    `SERVER_URL DATABASE_URL: ${pg} is PostgreSQL and refuses: database "nope" does not exist`,
    `SERVER_URL NATS_URL: ${mail} answers, but is not NATS`,
    `SERVER_URL REDIS_URL: ${http} answers, but is not Redis`,
    expect.stringMatching(`SERVER_URL REDIS_URL: ${redis} is Redis and refuses: WRONGPASS`),
  ])
  expect(told.join()).not.toMatch(/my.*secret/)
})
