/** One request of a run. */
export interface HttpRequest {
  /** `http://host:port/path?query`. */
  readonly url: string
  /** GET unless told. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** @throws Error for what is no plain HTTP: the meters speak no TLS. */
export const addressOf = (url: string): Address => {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'http:') throw new Error(`${url} can't be measured: the address must begin with http://`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) }
}

/** The request as it goes over the wire, written once, before the clock runs. */
export const encodeRequest = ({ url, method = 'GET', headers = {}, body }: HttpRequest): Buffer => {
  const { host, pathname, search } = new URL(url)
  const lines = [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  const broken = lines.find((line) => /[\r\n]/.test(line))
  if (broken) throw new Error(`a header can't hold a line break: ${JSON.stringify(broken)}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
}
