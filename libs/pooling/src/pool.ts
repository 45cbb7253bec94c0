import { type Call, createMetrics, createSweeper, type Histogram, type Metrics, type Waiter } from '@fastpath/timing'
import postgres from 'postgres'
import { createGate, waitIsOver } from './gate.js'
import { fromPostgresError } from './postgres-errors.js'
import { createRows } from './rows.js'
import type { Param, Statement } from './statement.js'

export interface PoolOptions {
  /** `postgres://role:password@host:5432/database`. */
  readonly url: string
  /** Connections. Two to five per process pipeline well; default 4. */
  readonly max?: number
  /** Statements that may wait for their turn; default 1,000. */
  readonly maxWaiting?: number
  /** Milliseconds until an attempt to connect is given up; default 5,000. */
  readonly connectTimeoutMs?: number
  /** Shown by PostgreSQL as `application_name`. */
  readonly name?: string
  readonly metrics?: Metrics
}

/** Runs named statements. Errors: see `Pool`. */
export interface Queries {
  run<Row, Params extends readonly Param[]>(statement: Statement<Row, Params>, params: Params): Promise<Row[]>
  /** The first row, if any. */
  one<Row, Params extends readonly Param[]>(statement: Statement<Row, Params>, params: Params): Promise<Row | undefined>
}

/**
 * A bounded pool. Statements fail with a `ServiceError`: `OVERLOADED` when they can't be served in the call's remaining
 * time, `DEADLINE_EXCEEDED` when that time passes, `UNAVAILABLE` or `DISCONNECTED` when PostgreSQL is away, `CANCELLED`;
 * and with PostgreSQL's own error for what is wrong with the statement or its values.
 */
export interface Pool {
  run<Row, Params extends readonly Param[]>(
    call: Call,
    statement: Statement<Row, Params>,
    params: Params,
  ): Promise<Row[]>
  one<Row, Params extends readonly Param[]>(
    call: Call,
    statement: Statement<Row, Params>,
    params: Params,
  ): Promise<Row | undefined>
  /** Commits when `work` resolves, rolls back when it rejects. Within it, only `tx` may be used for this call. */
  transaction<T>(call: Call, work: (tx: Queries) => Promise<T>): Promise<T>
  /** One round trip, for health checks. */
  ping(): Promise<void>
  /** Lets what is out finish, then closes every connection. */
  close(): Promise<void>
}

/** Statements sent ahead on one connection: enough to hide the round trip, few enough to stay fair. */
const pipelined = 8

export const createPool = (options: PoolOptions): Pool => {
  const {
    url,
    max = 4,
    maxWaiting = 1_000,
    connectTimeoutMs = 5_000,
    name = 'fastpath',
    metrics = createMetrics(),
  } = options
  const sql = postgres(url, {
    max,
    // Missing in the package's types.
    ...({ max_pipeline: pipelined } as object),
    connect_timeout: connectTimeoutMs / 1000,
    backoff: () => reconnectSeconds,
    connection: { application_name: name },
    onnotice: () => {},
  })
  const sweeper = createSweeper()
  const waits = metrics.histogram('fastpath_pool_wait_seconds', 'Waits for a free place in the pool', { pool: name })
  const statements = createGate({ limit: max * pipelined, maxWaiting, sweeper, waits })
  // A transaction holds its connection for itself. One is always left for the rest.
  const transactions = createGate({ limit: Math.max(1, max - 1), maxWaiting, sweeper, waits })
  const inTransaction = new WeakSet<Call>()
  const histograms = new Map<string, Histogram>()
  const rowsOf = createRows()
  metrics.gauge('fastpath_pool_statements_out', 'Statements sent and not yet answered', () => statements.inside, {
    pool: name,
  })
  metrics.gauge('fastpath_pool_waiting', 'Statements that wait for a place', () => statements.waiting, { pool: name })

  const histogramOf = (statement: string): Histogram => {
    let histogram = histograms.get(statement)
    if (!histogram) {
      histogram = metrics.histogram('fastpath_statement_seconds', 'Statements, from sent to answered', { statement })
      histograms.set(statement, histogram)
    }
    return histogram
  }

  /** Sends one statement and waits for it no longer than the call does. It is never cancelled: on a pipelined connection
   * that was measured to hit its neighbours; the role's `statement_timeout` ends it. */
  const send = <Row>(
    on: Pick<postgres.Sql, 'unsafe'>,
    call: Call,
    statement: Statement<Row, readonly Param[]>,
    params: readonly Param[],
    settled: (stayedMs: number) => void,
  ): Promise<Row[]> =>
    new Promise((resolve, reject) => {
      const waiter: Waiter = { call, expire: () => reject(waitIsOver(call)) }
      const startedMs = performance.now()
      call.trace.count('statement', statement.name)
      call.trace.begin('db')
      sweeper.watch(waiter)
      const settle = () => {
        const tookMs = performance.now() - startedMs
        sweeper.forget(waiter)
        call.trace.end('db')
        histogramOf(statement.name).record(tookMs)
        settled(tookMs)
      }
      on.unsafe(statement.text, params as postgres.ParameterOrJSON<never>[], { prepare: true })
        .values()
        .then(
          (found) => {
            settle()
            resolve(rowsOf(statement, found))
          },
          (error) => {
            settle()
            reject(fromPostgresError(error, statement.name))
          },
        )
    })

  const enter = async (gate: typeof statements, call: Call): Promise<void> => {
    if (call.cancelled || call.remainingMs() <= 0) throw waitIsOver(call)
    const turn = gate.enter(call)
    if (!turn) return
    call.trace.begin('pool')
    try {
      await turn
    } finally {
      call.trace.end('pool')
    }
  }

  const run: Pool['run'] = async (call, statement, params) => {
    if (inTransaction.has(call)) {
      throw new Error(`${statement.name} was run on the pool inside a transaction of the same call: use its tx`)
    }
    await enter(statements, call)
    return send(sql, call, statement, params, statements.leave)
  }

  return {
    run,
    async one(call, statement, params) {
      return (await run(call, statement, params))[0]
    },
    async transaction(call, work) {
      if (inTransaction.has(call)) throw new Error('a transaction was begun inside a transaction of the same call')
      await enter(transactions, call)
      const startedMs = performance.now()
      inTransaction.add(call)
      let open = true
      try {
        // postgres.js types what `begin` gives back for arrays of statements too; a promise comes back as it is.
        return (await sql.begin((on) => {
          const tx: Queries = {
            async run(statement, params) {
              if (!open) throw new Error(`${statement.name} was run on a transaction that is over`)
              return send(on, call, statement, params, () => {})
            },
            async one(statement, params) {
              return (await tx.run(statement, params))[0]
            },
          }
          return work(tx)
        })) as Awaited<ReturnType<typeof work>>
      } catch (error) {
        throw fromPostgresError(error, 'transaction')
      } finally {
        open = false
        inTransaction.delete(call)
        transactions.leave(performance.now() - startedMs)
      }
    },
    async ping() {
      await sql`select 1`
    },
    close: () => sql.end({ timeout: closeSeconds }),
  }
}

/** Between attempts to connect: PostgreSQL that is back is used again at once. */
const reconnectSeconds = 0.1
/** What has not finished by then is cut off. */
const closeSeconds = 5
