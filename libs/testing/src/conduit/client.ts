/** An answer as a client sees it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: bodies are read by path here, as any client reads them.
  readonly body: any
}

export interface Asking {
  readonly token?: string | undefined
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A client of the public API that knows nothing of it but HTTP and JSON. */
export const createConduitClient = (url: () => string) => {
  const ask = async (method: string, path: string, { token, json, headers }: Asking = {}): Promise<Answer> => {
    const res = await fetch(url() + path, {
      method,
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Token ${token}` }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    })
    const text = await res.text()
    return { status: res.status, headers: res.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  const verb =
    (method: string) =>
    (path: string, asking?: Asking): Promise<Answer> =>
      ask(method, path, asking)
  return { ask, get: verb('GET'), post: verb('POST'), put: verb('PUT'), del: verb('DELETE') }
}

export type ConduitClient = ReturnType<typeof createConduitClient>

export interface Person {
  readonly username: string
  readonly email: string
  readonly password: string
  readonly token: string
}

/** Registers somebody of a name that nobody has yet. */
export const registerPerson = async ({ post }: ConduitClient, name = 'person'): Promise<Person> => {
  const username = `${name}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`
  const user = { username, email: `${username}@Example.com`, password: 'correct horse' }
  const { status, body } = await post('/api/users', { json: { user } })
  if (status !== 201) throw new Error(`registration was answered with ${status}: ${JSON.stringify(body)}`)
  return { ...user, token: body.user.token }
}
