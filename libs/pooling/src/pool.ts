import { type Call, createMetrics, createSweeper, type Log, type Metrics, type Waiter } from '@fastpath/timing'
import postgres from 'postgres'
import { createStatementCounts, type Ran } from './count-statements.js'
import { createSlowExplainer } from './explain-slow.js'
import { createGate, waitIsOver } from './gate.js'
import { createPoolerCheck } from './pooler.js'
import { fromPostgresError } from './postgres-errors.js'
import { createQueryLog } from './query-log.js'
import { createRows, type FoundRows } from './rows.js'
import type { Param, Statement } from './statement.js'

export interface PoolOptions {
  /** `postgres://role:password@host:5432/database`. */
  readonly url: string
  /** Connections for statements; two to five per process pipeline well, default 4. Transactions open up to one less besides. */
  readonly max?: number
  /** Statements that may wait for their turn; default 1,000. */
  readonly maxWaiting?: number
  /** Whether statements are prepared, once per connection; default true. False through PgBouncer before 1.21. */
  readonly prepare?: boolean
  /** Milliseconds until an attempt to connect is given up; default 5,000. */
  readonly connectTimeoutMs?: number
  /** Shown by PostgreSQL as `application_name`. */
  readonly name?: string
  readonly metrics?: Metrics
  readonly log?: Log
  /** Milliseconds past which a statement's plan is logged, once for each, outside the request; default 0: never. */
  readonly explainSlowerThanMs?: number
  /** Whether the sixth use of one statement for one call notes its file and line; default true. It costs some hundred microseconds. */
  readonly callSites?: boolean
  /** For development: writes every statement with its time, rows and place in the code, by call. Default false. */
  readonly queryLog?: boolean
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
  /**
   * Asks PostgreSQL, once, whether `prepare` fits the way to it; statements wait for that too. Where PostgreSQL is away it
   * resolves, and the first statement asks.
   *
   * @throws PoolerError that says what to set.
   */
  check(): Promise<void>
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
    prepare = true,
    connectTimeoutMs = 5_000,
    name = 'fastpath',
    metrics = createMetrics(),
    log,
    explainSlowerThanMs = 0,
    callSites = true,
    queryLog = false,
  } = options
  const connect = (connections: number) =>
    postgres(url, {
      max: connections,
      prepare,
      // Missing in the package's types.
      ...({ max_pipeline: pipelined } as object),
      connect_timeout: connectTimeoutMs / 1000,
      backoff: () => reconnectSeconds,
      connection: { application_name: name },
      onnotice: () => {},
    })
  // By itself the driver sends what has no parameters as a simple query, which PostgreSQL plans anew each time.
  const sending = prepare ? { prepare, ...({ simple: false } as object) } : { prepare }
  const sql = connect(max)
  const fits = prepare ? createPoolerCheck({ url, name, timeoutMs: connectTimeoutMs }) : undefined
  // Connections of their own, opened when first needed: the driver loses track of a transaction that begins on a pipeline
  // which it fills. It then stays open, and swallows what others send behind it.
  const maxTransactions = Math.max(1, max - 1)
  const transacting = connect(maxTransactions)
  const sweeper = createSweeper()
  const waits = metrics.histogram('fastpath_pool_wait_seconds', 'Waits for a free place in the pool', { pool: name })
  const statements = createGate({ limit: max * pipelined, maxWaiting, sweeper, waits })
  const transactions = createGate({ limit: maxTransactions, maxWaiting, sweeper, waits })
  const inTransaction = new WeakSet<Call>()
  const rowsOf = createRows()
  const slow =
    log && explainSlowerThanMs > 0 && createSlowExplainer({ url, name, log, slowerThanMs: explainSlowerThanMs })
  const queries = queryLog ? createQueryLog({ pool: name, sweeper }) : undefined
  metrics.gauge('fastpath_pool_statements_out', 'Statements sent and not yet answered', () => statements.inside, {
    pool: name,
  })
  metrics.gauge('fastpath_pool_waiting', 'Statements that wait for a place', () => statements.waiting, { pool: name })

  const counted = createStatementCounts({ metrics, callSites, queries })

  /** Sends one statement and waits for it no longer than the call does. It is never cancelled: on a pipelined connection
   * that was measured to hit its neighbours; the role's `statement_timeout` ends it. */
  const send = <Row>(
    on: Pick<postgres.Sql, 'unsafe'>,
    call: Call,
    statement: Statement<Row, readonly Param[]>,
    params: readonly Param[],
    settled: Ran,
  ): Promise<Row[]> =>
    new Promise((resolve, reject) => {
      const waiter: Waiter = { call, expire: () => reject(waitIsOver(call)) }
      const startedMs = performance.now()
      call.trace.begin('db')
      const watched = sweeper.watch(waiter)
      const settle = (rows?: number) => {
        sweeper.forget(watched)
        call.trace.end('db')
        const tookMs = performance.now() - startedMs
        if (slow) slow.settled(statement, params, tookMs)
        settled(tookMs, rows)
      }
      const ask = () =>
        on
          .unsafe(statement.text, params as postgres.ParameterOrJSON<never>[], sending)
          .values() as PromiseLike<FoundRows>
      // The first statements wait until it is known that preparing them is no trap; all others cost one look.
      const found = fits && (fits.isDue || fits.refusal) ? fits.make().then(ask) : ask()
      found.then(
        (rows) => {
          settle(rows.length)
          resolve(rowsOf(statement, rows))
        },
        (error) => {
          settle()
          reject(fromPostgresError(error, statement.name))
        },
      )
    })

  /** `undefined` where there is room at once. Not async, so that no statement waits for nothing. */
  const enter = (gate: typeof statements, call: Call): Promise<void> | undefined => {
    if (call.cancelled || call.remainingMs() <= 0) throw waitIsOver(call)
    const turn = gate.enter(call)
    if (!turn) return undefined
    call.trace.begin('pool')
    return turn.finally(() => call.trace.end('pool'))
  }

  const run: Pool['run'] = async (call, statement, params) => {
    if (inTransaction.has(call)) {
      throw new Error(`${statement.name} was run on the pool inside a transaction of the same call: use its tx`)
    }
    const turn = enter(statements, call)
    const ran = counted(call, statement, { params, waits: turn !== undefined })
    if (turn) await turn
    return send(sql, call, statement, params, (tookMs, rows) => {
      ran(tookMs, rows)
      statements.leave(tookMs)
    })
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
        return (await transacting.begin((on) => {
          const tx: Queries = {
            async run(statement, params) {
              if (!open) throw new Error(`${statement.name} was run on a transaction that is over`)
              return send(on, call, statement, params, counted(call, statement, { params, waits: false }))
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
    async check() {
      await fits?.make()
    },
    async ping() {
      await sql`select 1`
    },
    async close() {
      if (slow) await slow.close()
      await Promise.all([sql, transacting].map((connections) => connections.end({ timeout: closeSeconds })))
    },
  }
}

/** Between attempts to connect: PostgreSQL that is back is used again at once. */
const reconnectSeconds = 0.1
/** What has not finished by then is cut off. */
const closeSeconds = 5
