import { currentRequest, safely, type WatchedRequest, type WatchedStatement, within } from './watched-request.js'

/** A `Pool` or a `Client` of pg 8. */
interface PgLike {
  // biome-ignore lint/suspicious/noExplicitAny: the package's own overloads fit nothing narrower.
  query: any
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  connect: any
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/**
 * Makes a pool with all its clients, or a client, tell the running request of its statements; returns the same object.
 *
 * @example const pool = watchPg(new pg.Pool())
 */
export const watchPg = <It extends PgLike>(it: It): It => {
  if (watched.has(it)) return it
  watched.add(it)
  if ('idleCount' in it) watchPool(it)
  else it.query = counted(it.query)
  return it
}

const watched = new WeakSet<object>()
/** True while a pool sends what it has counted itself: its clients, who count what they are asked for, are to be quiet. */
let isCounted = false

const countedAlready = <T>(work: () => T): T => {
  const before = isCounted
  isCounted = true
  try {
    return work()
  } finally {
    isCounted = before
  }
}

const watchPool = (pool: PgLike): void => {
  const connect: AnyFunction = pool.connect
  const query: AnyFunction = pool.query
  pool.query = counted((...args) => countedAlready(() => query.apply(pool, args)))
  pool.connect = (...args: unknown[]) => {
    const [callback] = args
    if (typeof callback !== 'function') return (connect.apply(pool, args) as Promise<PgLike>).then(watchPg)
    const isOfQuery = isCounted
    const request = currentRequest()
    return connect.call(pool, (error: unknown, client: PgLike | undefined, release: unknown) => {
      if (client) watchPg(client)
      const tell = () => callback(error, client, release)
      return isOfQuery ? countedAlready(tell) : inRequest(request, tell)
    })
  }
}

/** The driver calls back from whatever has freed a connection or brought bytes: often that of another request. */
const inRequest = <T>(request: WatchedRequest | undefined, work: () => T): T =>
  request ? within(request, work) : work()

const counted = (query: AnyFunction): AnyFunction =>
  function (this: unknown, ...args) {
    const request = isCounted ? undefined : currentRequest()
    const statement = request && safely(() => request.ask(describe(args)))
    if (!request || !statement) return query.apply(this, args)
    safely(statement.begin)
    const at = args.findIndex((arg) => typeof arg === 'function')
    try {
      const given = at > 0 ? args.with(at, ending(args[at] as AnyFunction, { request, statement })) : args
      const sent = query.apply(this, given)
      if (isPromise(sent)) return settling(sent, statement)
      // A cursor or a stream: its end can't be heard without taking part in it.
      if (at <= 0) safely(statement.end)
      return sent
    } catch (error) {
      safely(statement.end)
      throw error
    }
  }

/** `(text, values)`, or an object with both, a named statement or a cursor. */
const describe = ([first, second]: readonly unknown[]) => {
  if (typeof first === 'string') return { text: first, args: [first, second] }
  const {
    name,
    text = '',
    values = second,
    cursor,
  } = (first ?? {}) as Record<string, unknown> & { cursor?: { text?: string } }
  const said = String(text || cursor?.text || 'a cursor')
  return { name: name as string | undefined, text: said, args: [said, values] }
}

const ending =
  (callback: AnyFunction, { request, statement }: { request: WatchedRequest; statement: WatchedStatement }) =>
  (error: unknown, result: unknown) => {
    safely(() => statement.end(rowsOf(result)))
    return within(request, () => callback(error, result))
  }

/** What the app waits for instead: a listener beside it would hide from Node that nobody handles a failure. */
const settling = (sent: Promise<unknown>, statement: WatchedStatement): Promise<unknown> =>
  sent.then(
    (result) => {
      safely(() => statement.end(rowsOf(result)))
      return result
    },
    (error) => {
      safely(statement.end)
      throw error
    },
  )

const rowsOf = (result: unknown): number => (result as { rows?: unknown[] } | undefined)?.rows?.length ?? 0

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as Promise<unknown> | undefined)?.then === 'function'
