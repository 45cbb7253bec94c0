export { type MigrateOptions, MigrationError, migrate } from './migrate.js'
export { createPool, type Pool, type PoolOptions, type Queries } from './pool.js'
export { createServiceRole, type ServiceRoleOptions } from './service-role.js'
export { type Param, type Statement, statement } from './statement.js'
