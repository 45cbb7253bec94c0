import { currentRequest, safely, type WatchedStatement } from './watched-request.js'

/** What `postgres()` returns, in any version 3. */
interface PostgresLike {
  // biome-ignore lint/suspicious/noExplicitAny: the package's own overloads fit nothing narrower.
  (...args: any[]): unknown
  readonly options: unknown
}

/**
 * Returns `sql` as one that tells the running request of its statements, those of transactions, savepoints and reserved
 * connections included. To be used in its place.
 *
 * @example const sql = watchPostgres(postgres(process.env.DATABASE_URL))
 */
export const watchPostgres = <Sql extends PostgresLike>(sql: Sql): Sql => watch(sql) as Sql

type AnyFunction = (...args: unknown[]) => unknown

const watch = (sql: object): object =>
  new Proxy(sql as AnyFunction, {
    apply(tag, self, args) {
      const made = Reflect.apply(tag, self, args)
      const [strings, ...values] = args
      if (isTemplate(strings)) safely(() => observe(made, () => describeTemplate(strings, values)))
      return made
    },
    get(target, key) {
      const own = Reflect.get(target, key)
      return typeof own === 'function' ? (wrappers[key as string]?.(own) ?? own) : own
    },
  })

/** A statement given as text, or as the name of a file. */
const ofText =
  (prefix: string) =>
  (make: AnyFunction) =>
  // The driver looks at how many there are.
  (...given: unknown[]) => {
    const made = make(...given)
    safely(() => observe(made, () => ({ text: `${prefix}${given[0]}`, args: given })))
    return made
  }

/** Hands a watched `sql` to the work of a transaction or savepoint. */
const ofWork =
  (begin: AnyFunction) =>
  (...args: unknown[]) =>
    begin(...args.map((arg) => (typeof arg === 'function' ? (sql: object) => arg(watch(sql)) : arg)))

const wrappers: Readonly<Record<string, ((own: AnyFunction) => AnyFunction) | undefined>> = {
  __proto__: null as never,
  unsafe: ofText(''),
  file: ofText('file '),
  begin: ofWork,
  savepoint: ofWork,
  reserve: (reserve) => async () => watch((await reserve()) as object),
}

/** The parts of the driver's query that are watched. It sends itself when somebody first waits for it, by `handle`. */
interface Query extends Promise<unknown> {
  handle: () => unknown
  resolve: (value: unknown) => unknown
  reject: (error: unknown) => unknown
}

const observe = (made: unknown, describe: () => { text: string; args: unknown }): void => {
  const request = currentRequest()
  if (!request) return
  const query = made as Query
  if (![query.handle, query.resolve, query.reject].every((part) => typeof part === 'function'))
    throw new Error('statements of this version of postgres are not known')
  const statement = request.ask(describe())
  const { handle } = query
  const settle = createSettling(query, statement)
  query.handle = () => {
    safely(() => {
      statement.begin()
      settle()
    })
    return handle.call(query)
  }
}

/** No listener on the promise: it would be one more who waits, and a failure that nobody else hears of would go unnoticed. */
const createSettling = (query: Query, statement: WatchedStatement) => {
  let hooked: unknown
  // A cursor puts others in their place for each portion.
  return () => {
    if (query.resolve === hooked) return
    const { resolve, reject } = query
    query.resolve = (value) => {
      safely(() => statement.end(Array.isArray(value) ? value.length : 0))
      return resolve(value)
    }
    query.reject = (error) => {
      safely(() => statement.end())
      return reject(error)
    }
    hooked = query.resolve
  }
}

const isTemplate = (strings: unknown): strings is readonly string[] => Array.isArray(strings) && 'raw' in strings

/** The text with `$1`, `$2`, …, as it is sent, but for helpers such as `sql(rows)`, and the values that stand for them. */
const describeTemplate = (strings: readonly string[], given: readonly unknown[]) => {
  const args: unknown[] = []
  const write = (strings: readonly string[], given: readonly unknown[]): string => {
    let text = strings[0] ?? ''
    for (let i = 0; i < given.length; i++) text += writeValue(given[i]) + (strings[i + 1] ?? '')
    return text
  }
  const writeValue = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return placeholder(value)
    const { strings, args, first, rest } = value as Record<string, unknown>
    if (Array.isArray(strings) && Array.isArray(args)) return write(strings, args)
    if (!('then' in value)) return placeholder(value)
    // What is left are the driver's helpers: of values, of one value with its type, and of names.
    if (first !== undefined) return placeholder([first, rest])
    const { value: inner } = value as { value?: unknown }
    return 'type' in value ? placeholder(inner) : String(inner)
  }
  const placeholder = (value: unknown): string => `$${args.push(value)}`
  return { text: write(strings, given), args }
}
