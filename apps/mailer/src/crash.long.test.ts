import { createRandom } from '@fastpath/fixtures'
import { openDeadLetters } from '@fastpath/messaging'
import { listMails, type Server, type ServiceProcess, startNats, startSmtp } from '@fastpath/servers'
import {
  administer,
  createTestDatabase,
  startTestService,
  type TestDatabase,
  uniquePrefix,
  until,
} from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { signUpSteadily } from './test-sign-ups.js'

/** Told at the start; `CRASH_SEED` repeats the order and the pauses. */
const seed = Number(process.env.CRASH_SEED) || Date.now()
const random = createRandom(seed)
const killsOfEach = 5
const longestPauseMs = 2_500
const signUpsWanted = 200

const natsPrefix = uniquePrefix()
const running = new Map<string, ServiceProcess>()
let database: TestDatabase
let nats: Server
let smtp: Server
beforeAll(async () => {
  database = await createTestDatabase()
  await administer(database.adminUrl, (sql) => sql.unsafe(stopBeforeMark))
  // Each mail is some time between the sink's disk and its 250: there the mailer may die, or the sink.
  ;[nats, smtp] = await Promise.all([startNats({ external: false }), startSmtp({ external: false, delayMs: 1_000 })])
  await Promise.all([start('user'), start('mailer'), start('gateway')])
}, 60_000)
afterAll(async () => {
  await Promise.all([...running.values()].map((service) => service.stop()))
  await Promise.all([nats?.stop(), smtp?.stop()])
  await database?.drop()
}, 60_000)

const start = async (name: 'user' | 'mailer' | 'gateway') => {
  const env = { SMTP_URL: smtp.url, SMTP_CONNECTIONS: '16', RATE_LIMIT_PER_MINUTE: '0', LOG_LEVEL: 'error' }
  running.set(name, await startTestService({ name, database, natsPrefix, natsUrl: nats.url, env }))
}

/** Free for the relay, unless the test holds it: then what is published is not marked until the test lets go. */
const markLock = 4_711
const stopBeforeMark = `
  create function "user".stop_before_mark() returns trigger language plpgsql as $$
  begin
    perform pg_advisory_xact_lock_shared(${markLock});
    return new;
  end $$;
  create trigger stop_before_mark before update of sent_at on "user".outbox
  for each row when (new.sent_at is not null) execute function "user".stop_before_mark()`

const killBetweenPublishAndMark = () =>
  administer(database.adminUrl, async (sql) => {
    await sql`select pg_advisory_lock(${markLock})`
    const standing = await until(
      'the relay stands between publish and mark',
      async () => {
        const [waiting] = await sql<{ pid: number }[]>`
          select pid from pg_locks join pg_database on pg_database.oid = database
          where locktype = 'advisory' and objid = ${markLock} and not granted and datname = current_database()`
        return waiting
      },
      60_000,
    )
    await running.get('user')?.kill()
    // PostgreSQL doesn't look after a client while it waits for a lock: the dead relay's session would live on, with its own lock.
    await sql`select pg_terminate_backend(${standing.pid})`
  })

const pause = (belowMs: number) => new Promise((resolve) => setTimeout(resolve, random.below(belowMs)))
const killServer = async (server: Server) => {
  await server.kill()
  await pause(500)
  await server.restart()
}
const killService = async (name: 'user' | 'mailer', kill = () => running.get(name)?.kill()) => {
  await kill()
  await start(name)
}
/** Each resolves when what was killed is back. */
const kills = [
  { victim: 'user', kill: () => killService('user') },
  { victim: 'user', kill: () => killService('user', killBetweenPublishAndMark) },
  { victim: 'mailer', kill: () => killService('mailer') },
  { victim: 'nats', kill: () => killServer(nats) },
  { victim: 'smtp', kill: () => killServer(smtp) },
] as const

const killAtRandom = async (): Promise<void> => {
  const order = Array.from({ length: killsOfEach }, () => kills)
    .flat()
    .map((kill) => ({ kill, place: random.next() }))
    .sort((a, b) => a.place - b.place)
  const back = new Map<string, Promise<void>>()
  for (const { kill } of order) {
    // Two of three find everything at work, the third what else may be down already.
    await (random.below(3) > 0 ? Promise.all(back.values()) : back.get(kill.victim))
    await pause(longestPauseMs)
    back.set(kill.victim, kill.kill())
  }
  await Promise.all(back.values())
}

const rowsOf = <T extends object>(text: string): Promise<T[]> =>
  administer(database.adminUrl, (sql) => sql.unsafe<T[]>(text))

test('whatever is killed while people sign up, who has an account has one welcome mail, and nobody else has any', async () => {
  console.log(`CRASH_SEED=${seed}`)
  const signUps = signUpSteadily(running.get('gateway')?.url ?? '')
  try {
    await killAtRandom()
    await until('enough have signed up', () => signUps.count('accepted') >= signUpsWanted, 60_000)
  } finally {
    await signUps.stop()
  }
  await until(
    'all is told and handled',
    async () => {
      const [left] = await rowsOf<{ events: number }>(`
          select count(*)::integer as events from "user".outbox
          where sent_at is null
            or not exists (select from mailer.inbox where consumer = 'welcome' and inbox.event_id = outbox.event_id)`)
      return left?.events === 0
    },
    120_000,
  )

  const accounts = (await rowsOf<{ email: string }>('select email from "user".account')).map(({ email }) => email)
  const mails = await listMails(smtp.folder ?? '')
  const distinct = new Map(mails.map(({ messageId, envelope }) => [messageId, envelope.to.join()]))
  console.log(
    `${killsOfEach * kills.length} kills; ${accounts.length} accounts; sign-ups ` +
      `${signUps.count('accepted')} accepted, ${signUps.count('refused')} refused, ${signUps.count('lost')} without a clear answer; ` +
      `${distinct.size} mails, ${mails.length - distinct.size} sent again`,
  )
  expect([...distinct.values()].sort()).toEqual(accounts.sort())
  const toldOf = (what: string) => [...signUps.told].flatMap(([email, told]) => (told === what ? [email] : []))
  expect(accounts).toEqual(expect.arrayContaining(toldOf('accepted')))
  expect(accounts.filter((email) => toldOf('refused').includes(email))).toEqual([])
  expect(signUps.count('refused')).toBeGreaterThan(0)

  const letters = await openDeadLetters({ url: nats.url, prefix: natsPrefix })
  try {
    for await (const letter of letters.list()) throw new Error(`a dead letter: ${JSON.stringify(letter)}`)
  } finally {
    await letters.close()
  }
}, 600_000)
