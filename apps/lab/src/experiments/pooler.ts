import { createPool, type Statement, statement } from '@fastpath/pooling'
import { Call } from '@fastpath/timing'
import postgres from 'postgres'
import type { Experiment, Lab } from '../experiment.js'
import { type Held, heldConnections } from '../pooler/held-connections.js'
import { type Pooled, startPooler } from '../pooler/start-pooler.js'
import { compareWays, type Way } from '../sql/compare-ways.js'
import { tellTable } from '../table.js'

/*
 * The same statements straight to PostgreSQL and through PgBouncer, which before 1.21 wants them unprepared: direct and
 * unprepared stands between, so that what that costs is told apart from what the hop costs. Then what a pooler is for:
 * many connections, and new ones. It teaches what a pooler takes from each statement, and what it gives to many clients.
 */
export const pooler: Experiment = {
  name: 'pooler',
  summary: 'Statements direct and through PgBouncer: by one small pool, by 96 connections, by new connections.',
  heldEqual:
    '10,000 articles, the shipped pgbouncer.ini (transactions, 25 connections of PostgreSQL), the same role, whose password both ask for (SCRAM), no TLS; ' +
    'the answers are the same, which is checked. “prepared” is our pool as it is by default, “unprepared” as it must be before PgBouncer 1.21.',
  teaches:
    'For one small pool a pooler is a price: a hop, and statements that are sent, parsed and planned anew each time, with this driver in two round trips. ' +
    'It pays where clients are many or come and go: PostgreSQL keeps a process for each statement at work, 25 at the most, instead of one for each client, and who connects anew waits for no new process.',

  async run(lab) {
    const pooled = await startPooler(lab, 10_000)
    return {
      ...(await compareStatements(lab, pooled, { of: 'article', asked: article, callers: 1 })),
      ...(await compareStatements(lab, pooled, { of: 'article', asked: article, callers: 16 })),
      ...(await compareStatements(lab, pooled, { of: 'page', asked: page, callers: 16 })),
      ...(await compareMany(lab, pooled)),
      ...(await compareNew(lab, pooled, 1)),
      ...(await compareNew(lab, pooled, 16)),
    }
  },
}

const article = statement<object, [id: number]>(
  'lab_article',
  'select slug, title, description, favorites_count from article where id = $1',
)
const page = statement<object, [before: number]>(
  'lab_page_of_20',
  `select slug, title, description, tag_list, author_id, favorites_count, created_at, updated_at
   from article where id <= 10000 - 20 * $1 order by id desc limit 20`,
)
const questions = 20

interface Asked {
  readonly of: string
  readonly asked: Statement<object, [n: number]>
  readonly callers: number
}

/** By a pool of ours, as a service has it. */
const compareStatements = async (lab: Lab, { direct, pooled, pid }: Pooled, { of, asked, callers }: Asked) => {
  const pools = {
    prepared: createPool({ url: direct }),
    unprepared: createPool({ url: direct, prepare: false }),
    pgbouncer: createPool({ url: pooled, prepare: false }),
  }
  try {
    return await compareWays(lab, {
      title: `one ${of}, ${callers} at a time, a pool of 4`,
      callers,
      questions,
      pid,
      ways: Object.entries(pools).map(([name, pool]) => ({
        name,
        ask: (question) => pool.run(new Call({ timeoutMs: 10_000 }), asked, [question + 1]),
      })),
      ratios: ratiosOf(`${of}-c${callers}`),
    })
  } finally {
    await Promise.all(Object.values(pools).map((pool) => pool.close()))
  }
}

const ratiosOf = (suffix: string) =>
  ({
    [`unprepared-to-prepared-${suffix}`]: ['unprepared', 'prepared'],
    [`pgbouncer-to-unprepared-${suffix}`]: ['pgbouncer', 'unprepared'],
    [`pgbouncer-to-prepared-${suffix}`]: ['pgbouncer', 'prepared'],
  }) as const

/** The pooler takes a hundred; a few are left for others. */
const clients = 96

/** Each connection with one statement at a time, as those of 24 processes with pools of four. */
const compareMany = async (lab: Lab, { direct, pooled, adminUrl, pid }: Pooled) => {
  const connect = (name: string, url: string, prepare: boolean) =>
    postgres(url, { ...plain, max: clients, prepare, connection: { application_name: name }, ...oneAtATime })
  const many = {
    prepared: connect('prepared', direct, true),
    unprepared: connect('unprepared', direct, false),
    pgbouncer: connect('pgbouncer', pooled, false),
  }
  try {
    const figures = await compareWays(lab, {
      title: `one article, ${clients} connections`,
      callers: clients,
      questions,
      pid,
      ways: Object.entries(many).map(([name, sql]) => ({ name, ask: (question) => articleBy(sql, question) })),
      ratios: ratiosOf(`clients-${clients}`),
    })
    return { ...figures, ...(await compareHeld(lab, adminUrl)) }
  } finally {
    await Promise.all(Object.values(many).map((sql) => sql.end()))
  }
}

const compareHeld = async (lab: Lab, adminUrl: string): Promise<Record<string, number>> => {
  const [direct, pooled] = [await heldConnections(adminUrl, 'unprepared'), await heldConnections(adminUrl, 'pgbouncer')]
  const row = (name: string, { connections, privateMb }: Held) => [name, `${connections}`, privateMb?.toFixed(1) ?? '–']
  tellTable(lab, [
    [`held for ${clients} clients`, 'processes of PostgreSQL', 'their own memory, MB'],
    row('unprepared', direct),
    row('pgbouncer', pooled),
  ])
  return {
    'server-connections-direct': direct.connections,
    'server-connections-pgbouncer': pooled.connections,
    ...(direct.privateMb && pooled.privateMb && { 'memory-pgbouncer-to-direct': pooled.privateMb / direct.privateMb }),
  }
}

const compareNew = (lab: Lab, { direct, pooled, pid }: Pooled, callers: number) => {
  const way = (name: string, url: string): Way => ({
    name,
    async ask(question) {
      const sql = postgres(url, { ...plain, max: 1, prepare: false })
      try {
        return await articleBy(sql, question)
      } finally {
        await sql.end()
      }
    },
  })
  return compareWays(lab, {
    title: `a new connection for one article, ${callers} at a time`,
    callers,
    questions,
    pid,
    ways: [way('direct', direct), way('pgbouncer', pooled)],
    ratios: { [`new-connection-pgbouncer-to-direct-c${callers}`]: ['pgbouncer', 'direct'] },
  })
}

/** Prepared where the connection is to prepare. */
const articleBy = async (sql: postgres.Sql, question: number) => [
  ...(await sql.unsafe(article.text, [question + 1], { prepare: true })),
]

/** Otherwise each new connection would first ask for all types. */
const plain = { fetch_types: false }
/** Missing in the package's types: how many more are sent while one is under way. */
const oneAtATime = { max_pipeline: 0 } as object
