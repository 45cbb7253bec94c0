import type { Log } from '@fastpath/timing'
import postgres from 'postgres'
import { describePlan, explain } from './explain.js'
import type { Param, Statement } from './statement.js'

export interface SlowExplainerOptions {
  readonly url: string
  /** Of the pool. */
  readonly name: string
  readonly slowerThanMs: number
  readonly log: Log
}

/** Tells in the log how PostgreSQL runs what was slow. */
export interface SlowExplainer {
  /** Is told of every statement that is over: does nothing but remember the one to explain next. */
  settled(statement: Statement<unknown>, params: readonly Param[], tookMs: number): void
  close(): Promise<void>
}

/** By then the request has its answer: no work is taken from it. */
const laterMs = 50

/**
 * Each statement by its name, once, on a connection of its own that is there only for that time. One at a time: what is
 * slow in the meantime has its turn when it is slow again. Parameters go to PostgreSQL alone, never to the log.
 */
export const createSlowExplainer = ({ url, name, slowerThanMs, log }: SlowExplainerOptions): SlowExplainer => {
  const told = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let sql: postgres.Sql | undefined
  let busy = false

  const tell = async (statement: Statement<unknown>, params: readonly Param[], tookMs: number) => {
    const details = { statement: statement.name, tookMs: Math.round(tookMs), slowerThanMs }
    sql = postgres(url, {
      max: 1,
      prepare: false,
      connect_timeout: connectTimeoutSeconds,
      connection: { application_name: `${name} explain` },
      onnotice: () => {},
    })
    try {
      log.warn(
        { ...details, plan: describePlan(await explain(sql, statement, params)) },
        'a slow statement, and its plan',
      )
    } catch (error) {
      // The code alone: PostgreSQL's messages quote values.
      const { code } = error as { code?: unknown }
      log.debug({ ...details, code }, 'a slow statement could not be explained')
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  return {
    settled(statement, params, tookMs) {
      if (tookMs <= slowerThanMs || busy || told.has(statement.name)) return
      told.add(statement.name)
      busy = true
      timer = setTimeout(async () => {
        await tell(statement, params, tookMs).catch(() => {})
        busy = false
      }, laterMs)
      timer.unref()
    },
    async close() {
      busy = true
      clearTimeout(timer)
      await sql?.end({ timeout: 0 })
    },
  }
}

const connectTimeoutSeconds = 5
