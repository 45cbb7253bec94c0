import { conduitSuite } from '@fastpath/testing'
import { afterAll, beforeAll } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.close())

conduitSuite(() => stack.url)
