export { watchPg } from './watch-pg.js'
export { watchPostgres } from './watch-postgres.js'
export { type WatchOptions, watchRequests } from './watch-requests.js'
