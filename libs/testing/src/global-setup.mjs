// Before a run of jest: its servers. Plain JavaScript, since jest loads it before anything can compile.
import { register } from 'tsx/esm/api'

const unregister = register()
const { joinSharedServers } = await import('./shared-servers.ts')
const { serverVariables } = await import('./test-servers.ts')

export default async () => {
  const { urls, leave } = await joinSharedServers()
  process.env[serverVariables.postgresUrl] = urls.postgres
  process.env[serverVariables.natsUrl] = urls.nats
  process.env[serverVariables.redisUrl] = urls.redis
  globalThis.leaveSharedServers = leave
  await unregister()
}
