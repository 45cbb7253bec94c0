import { conduitSuite, testServers } from '@fastpath/testing'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const { redisUrl } = testServers()
let stack: TestStack
let records: string
let answers: string
beforeAll(async () => {
  stack = await startTestStack({ env: { REDIS_URL: redisUrl } })
  const start = async (env: NodeJS.ProcessEnv) => (await stack.startGateway({ env })).url
  records = await start({ CACHE_BYTES: '16000000', REDIS_URL: redisUrl })
  answers = await start({ RESPONSE_CACHE_BYTES: '16000000' })
})
afterAll(() => stack?.close())

// Whatever is kept, clients see the API as if nothing were.
describe('with what services have said in memory and Redis', () => conduitSuite(() => records))
describe('with finished answers in memory', () => conduitSuite(() => answers))
