import { startPostgres } from '@fastpath/servers'

/** Where PostgreSQL is: at `DATABASE_URL`, or a private one that is started for the example and stopped with it. */
export const databaseUrl = async () => {
  const { url, stop } = await startPostgres({ say: console.error })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop().finally(() => process.exit()))
  return url
}
