// Before a run of jest: its servers, and our services, built. Plain JavaScript, since jest loads it before anything can compile.
import { register } from 'tsx/esm/api'

const unregister = register()
const { joinSharedServers } = await import('./shared-servers.ts')
const { serverVariables } = await import('./test-servers.ts')
const { buildTestServices } = await import('./test-services.ts')

export default async () => {
  const [{ urls, leave }] = await Promise.all([joinSharedServers(), buildTestServices()])
  process.env[serverVariables.postgresUrl] = urls.postgres
  process.env[serverVariables.natsUrl] = urls.nats
  process.env[serverVariables.redisUrl] = urls.redis
  globalThis.leaveSharedServers = leave
  await unregister()
}
