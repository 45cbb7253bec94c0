import { readPoolerUsers } from '@fastpath/pooling'
import { nginxMissing, pgBouncerMissing, startNginx, startPgBouncer } from '@fastpath/servers'

/** @throws Error that names the packages to install, before anything is started. */
export const checkEdgeInstalled = (): void => {
  const missing = [nginxMissing(), pgBouncerMissing()].filter((error) => error !== undefined)
  if (missing.length > 0)
    throw new Error(`--edge needs what is not here:\n${missing.map(({ message }) => message).join('\n')}`)
}

/** PgBouncer before PostgreSQL. Gives each service's URL as it leads through it. */
export const startPooler = async <Service extends string>(
  adminUrl: string,
  urls: Readonly<Record<Service, string>>,
) => {
  const direct = Object.entries<string>(urls).map(([name, url]) => [name, new URL(url)] as const)
  const users = await readPoolerUsers(
    adminUrl,
    direct.map(([, { username }]) => decodeURIComponent(username)),
  )
  const server = await startPgBouncer({ postgresUrl: adminUrl, users })
  const through = direct.map(([name, url]) => {
    url.host = new URL(server.url).host
    return [name, url.href]
  })
  const { url, folder, stop } = server
  return { url, urls: Object.fromEntries(through) as Record<Service, string>, folder, close: stop }
}

/** nginx before the gateway, at `https://127.0.0.1:PORT`. */
export const startEdge = async (gatewayUrl: string, port: number) => {
  const gateways = [new URL(gatewayUrl).host]
  const { url, stop } = await startNginx({ gateways, port })
  return { url, close: stop }
}
