import postgres from 'postgres'
import type { Experiment, Lab } from '../experiment.js'
import { compareWays, type Way } from '../sql/compare-ways.js'
import { type Database, startDatabase } from '../sql/database.js'

/*
 * One small statement by many callers at once. Held equal are the driver (postgres), the statement and the callers, who
 * ask the next when one is answered. First a connection is opened and closed for each statement, beside a pool of four;
 * then pools of several sizes, each connection with one statement at a time (what most drivers do) and, as “pipelined”,
 * with several sent ahead. It teaches that a connection costs many times its statement, and that a small pool is enough.
 */
export const pool: Experiment = {
  name: 'pool',
  summary: 'A connection for each statement beside a pool; pools of 1 to 20 connections under 16 and 64 callers.',
  heldEqual:
    'a profile by its primary key out of 1,000, the same driver in one process, PostgreSQL on the same machine without a password and without TLS ' +
    '(with them a connection costs more still); the answers are the same, which is checked; the driver asks nothing of its own at the start.',
  teaches:
    'A new connection is a process that PostgreSQL has to start, and costs far more than the statement. ' +
    'A pool needs about as many connections as the database has cores to work with; more of them only wait elsewhere. ' +
    'A driver that sends statements ahead on its connections gains more than a larger pool does.',

  async run(lab) {
    const database = await startDatabase(lab, { articles: lab.quick ? 2_000 : 10_000, favorites: 1_000 })
    const figures: Record<string, number> = {}
    for (const callers of [1, 16]) Object.assign(figures, await compareNew(lab, database, callers))
    for (const callers of [16, 64]) Object.assign(figures, await compareSizes(lab, database, callers))
    return figures
  },
}

const rounds = { rounds: 9, roundMs: 250, warmupMs: 500 }

const compareNew = (lab: Lab, { pid, connect, url }: Database, callers: number) =>
  compareWays(lab, {
    title: `${callers} at a time`,
    callers,
    questions,
    pid,
    rounds,
    ways: [
      {
        name: 'new connection',
        async ask(question) {
          // Not owned by the lab, which would keep thousands.
          const sql = postgres(url, { ...plain, max: 1 })
          try {
            return await profileOf(sql, question)
          } finally {
            await sql.end()
          }
        },
      },
      poolWay('pool of 4', connect({ ...plain, max: 4 })),
    ],
    ratios: { [`new-connection-to-pool-c${callers}`]: ['new connection', 'pool of 4'] },
  })

const compareSizes = (lab: Lab, { pid, connect }: Database, callers: number) =>
  compareWays(lab, {
    title: `${callers} at a time`,
    callers,
    questions,
    pid,
    rounds,
    ways: [
      ...[1, 2, 4, 10, 20].map((max) => poolWay(`${max}`, connect({ ...plain, max, ...oneAtATime }))),
      ...[1, 4].map((max) => poolWay(`${max} pipelined`, connect({ ...plain, max }))),
    ],
    ratios: {
      ...Object.fromEntries([1, 2, 10, 20].map((size) => [`size-${size}-to-4-c${callers}`, [`${size}`, '4'] as const])),
      [`pipelined-1-to-4-c${callers}`]: ['1 pipelined', '4'],
      [`pipelined-4-to-4-c${callers}`]: ['4 pipelined', '4'],
    },
  })

const questions = 20
/** Otherwise each new connection would first ask for all types. */
const plain = { fetch_types: false }
/** Missing in the package's types: how many more are sent while one is under way. */
const oneAtATime = { max_pipeline: 0 } as object

const poolWay = (name: string, sql: postgres.Sql): Way => ({ name, ask: (question) => profileOf(sql, question) })

const profileOf = async (sql: postgres.Sql, question: number) => {
  const [profile] = await sql`select username, bio, image from "user".account where id = ${question + 1}`
  return profile
}
