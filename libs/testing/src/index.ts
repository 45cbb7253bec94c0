export { administer, createTestDatabase, type DatabaseOwner, type TestDatabase } from './test-database.js'
export { type TestServers, testServers, uniquePrefix } from './test-servers.js'
export { startTestService, type TestService } from './test-services.js'
export { until } from './until.js'
