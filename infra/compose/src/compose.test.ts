import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRuntimeSettings, SettingsError } from '@fastpath/runtime'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { readConfig as readFeed } from '../../../apps/feed/src/config.js'
import { readConfig as readGateway } from '../../../apps/gateway/src/config.js'
import { readConfig as readMailer } from '../../../apps/mailer/src/config.js'
import { readConfig as readUser } from '../../../apps/user/src/config.js'
import { checkCompose, type Variables } from './check-compose.js'
import { readMigrateSettings } from './settings.js'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** What a configuration looks at, and what it complains of, when there is nothing but what the image says. */
const variablesOf = (...readers: ((env: NodeJS.ProcessEnv) => unknown)[]): Variables => {
  const known = new Set<string>()
  const required: string[] = []
  for (const reader of readers) {
    const env = new Proxy({}, { get: (_, name) => known.add(String(name)) && image[String(name)] })
    try {
      reader(env)
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      required.push(...error.variables)
    }
  }
  return { known, required }
}
const image: NodeJS.ProcessEnv = { NODE_ENV: 'production' }
const ofRuntime = (env: NodeJS.ProcessEnv) => readRuntimeSettings('any', env)
const placeholdersOf = (text: string): Variables => {
  const required = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
  return { known: new Set(required), required }
}

const nats = placeholdersOf(read('../../nats/start-nats.sh'))

const programs = {
  gateway: variablesOf(readGateway, ofRuntime),
  feed: variablesOf(readFeed, ofRuntime),
  user: variablesOf(readUser, ofRuntime),
  mailer: variablesOf(readMailer, ofRuntime),
  migrate: variablesOf(readMigrateSettings),
  edge: placeholdersOf(read('../../nginx/nginx.conf')),
  pgbouncer: placeholdersOf(read('../../pgbouncer/pgbouncer.ini')),
  // One that Go itself reads.
  nats: { ...nats, known: new Set([...nats.known, 'GOMAXPROCS']) },
}
const shipped = read('../compose.yml')

test('what a program reads is known from its own configuration', () => {
  expect(programs.user.required).toEqual(['DATABASE_URL', 'NATS_URL', 'TOKEN_KEYS'])
  expect(programs.mailer.required).toEqual(['DATABASE_URL', 'NATS_URL', 'SMTP_URL', 'MAIL_FROM'])
  for (const name of ['TOKEN_KEYS_FILE', 'POOL_MAX', 'ADMIN_PORT']) expect(programs.user.known).toContain(name)
  expect(programs.pgbouncer.required).toContain('POOLER_USERS')
})

test('the shipped file has keys of the specification alone, and every variable that is needed', () => {
  expect(checkCompose(shipped, programs)).toEqual([])
})

test.each([
  [
    'a wrong key',
    '    command: [feed/dist/main.mjs]',
    '    comand: [feed/dist/main.mjs]',
    '/services/feed must NOT have additional properties (comand)',
  ],
  [
    'a wrong key deep inside',
    'internal: true',
    'intern: true',
    '/networks/edge must NOT have additional properties (intern)',
  ],
  ['a missing variable', '      TOKEN_KEYS_FILE: /run/secrets/token_keys\n', '', 'user: TOKEN_KEYS is missing'],
  ['a missing way to the broker', '      NATS_URL_FILE: /run/secrets/feed_nats_url\n', '', 'feed: NATS_URL is missing'],
  [
    "another service's right to the broker",
    'secrets: [mailer_nats_url,',
    'secrets: [user_nats_url,',
    'mailer: NATS_URL_FILE names /run/secrets/mailer_nats_url, which is none of its secrets',
  ],
  ['a variable that nobody reads', "      PORT: '3000'", "      PROT: '3000'", 'gateway: nobody reads PROT'],
  [
    'a file that is no secret',
    '/run/secrets/redis_url',
    '/run/secrets/redis',
    'gateway: REDIS_URL_FILE names /run/secrets/redis, which is none of its secrets',
  ],
  ['a secret that is not there', '  redis_url: {', '  other_url: {', 'gateway: secrets knows no "redis_url"'],
  [
    'a dependency that is not there',
    '      mail: { cond',
    '      post: { cond',
    'mailer: depends on "post", which is not there',
  ],
  [
    'an image of any version',
    'nats:2.10.22-alpine',
    'nats:latest',
    '/services/nats/image must match pattern ":[^:]*\\d[^:]*$"',
  ],
  ['a port that is open to all', "'127.0.0.1:8025:8025'", "'8025:8025'", 'mail: opens the port 8025:8025 to all'],
  [
    'a placeholder without a value',
    '      EDGE_MODULES: /usr/lib/nginx/modules\n',
    '',
    'edge: EDGE_MODULES is missing',
  ],
])('%s is found', (_what, from, to, problem) => {
  expect(shipped).toContain(from)
  expect(
    checkCompose(
      shipped.replace(from, () => to),
      programs,
    ),
  ).toContain(problem)
})

test('who writes what the gateway keeps in Redis says there when it is no longer true', () => {
  const { services } = parse(shipped, { merge: true })
  const readers = Object.keys(programs).filter((name) => programs[name as keyof typeof programs].known.has('REDIS_URL'))
  expect(readers).toEqual(['gateway', 'feed', 'user'])
  for (const name of readers) expect(services[name].environment.REDIS_URL_FILE).toBe('/run/secrets/redis_url')
})

test('make-secrets.sh makes every secret that is named, once; direct URLs lead past the pooler', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastpath-secrets-'))
  try {
    const script = join(folder, 'make-secrets.sh')
    cpSync(fileURLToPath(new URL('../make-secrets.sh', import.meta.url)), script)
    const made = () => {
      execFileSync('sh', [script])
      const names = readdirSync(join(folder, 'secrets'))
      return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, 'secrets', name), 'utf8')]))
    }
    const secrets = made()
    const named = [...shipped.matchAll(/\{ file: secrets\/(\w+) \}/g)].map(([, name]) => name)
    // One is for people alone.
    expect(Object.keys(secrets).toSorted()).toEqual([...named, 'operator_nats_url'].toSorted())
    for (const service of ['user', 'feed'] as const) {
      const direct = secrets[`${service}_database_url`]?.replace('@pgbouncer:6432/', '@postgres:5432/')
      expect(secrets[`${service}_direct_database_url`]).toBe(direct)
      expect(shipped).toContain(`DIRECT_DATABASE_URL_FILE: /run/secrets/${service}_direct_database_url\n`)
    }
    expect(made()).toEqual(secrets)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the scripts fill in exactly what the shipped files leave open', () => {
  for (const [script, program] of [
    ['../start-edge.sh', programs.edge],
    ['../start-pooler.sh', programs.pgbouncer],
  ] as const) {
    const [, names = ''] = /envsubst '([^']+)'/.exec(read(script)) ?? []
    expect([...names.matchAll(/\w+/g)].map(([name]) => name).toSorted()).toEqual([...program.known].toSorted())
  }
})

test('alerts and the dashboard name metrics that the code writes', () => {
  const written = metricsIn(sources(new URL('../../../', import.meta.url)))
  const texts = ['../../grafana/alerts.yml', '../../grafana/dashboards/fastpath.json'].map(read)
  const named = metricsIn(texts).map((name) => name.replace(/_(bucket|count|sum)$/, ''))
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((name) => !written.includes(name))).toEqual([])
})

const metricsIn = (texts: readonly string[]) =>
  texts.flatMap((text) =>
    [...text.matchAll(/\b(?:fastpath|process)_[a-z_]+_(?:seconds|total|bytes)(?:_[a-z]+)?\b/g)].map(([name]) => name),
  )

const sources = (root: URL): string[] =>
  ['apps', 'libs'].flatMap((part) =>
    readdirSync(new URL(part, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\/src\/.*(?<!\.test)\.ts$/.test(file) && !file.includes('node_modules'))
      .map((file) => readFileSync(new URL(`${part}/${file}`, root), 'utf8')),
  )
