import { ServiceError } from '@fastpath/contracts'
import { Call } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import { joinProfiles } from './joined-profiles.js'

const profile = (id: number) => ({ id, username: `user-${id}`, bio: null, image: null, version: 1 })
const call = () => new Call({ timeoutMs: 1_000 })

/** Answers as the user service does, and keeps what it was asked. */
const userService = (known: (id: number) => boolean = () => true) => {
  const asked: number[][] = []
  const getProfiles = async (call: Call, { ids }: { ids: number[] }) => {
    asked.push(ids)
    call.trace.add('user', call.trace.startedMs, call.trace.startedMs + 5)
    call.trace.use('operation', 'user.getProfiles', ids).end(5, 0)
    return { profiles: ids.filter(known).map(profile) }
  }
  return { asked, getProfiles: joinProfiles(getProfiles) }
}

test('what is asked for in one turn is one call, and each gets its own', async () => {
  const { asked, getProfiles } = userService((id) => id !== 4)
  const calls = [call(), call(), call()] as const
  const found = await Promise.all([
    getProfiles(calls[0], { ids: [1, 2] }),
    getProfiles(calls[1], { ids: [2, 3] }),
    getProfiles(calls[2], { ids: [4] }),
  ])
  expect(asked).toEqual([[1, 2, 3, 4]])
  expect(found.map(({ profiles }) => profiles.map(({ id }) => id))).toEqual([[1, 2], [2, 3], []])
  for (const { trace } of calls) {
    expect(trace.coveredMs('user')).toBeCloseTo(5, 5)
    expect(trace.countOf('operation')).toBe(1)
  }
})

test('turns are asked for apart, and no call takes more ids than the operation does', async () => {
  const { asked, getProfiles } = userService()
  await getProfiles(call(), { ids: [1] })
  const many = Array.from({ length: 600 }, (_, i) => i + 1)
  await Promise.all([getProfiles(call(), { ids: many }), getProfiles(call(), { ids: many.map((id) => id + 600) })])
  expect(asked.map((ids) => ids.length)).toEqual([1, 600, 600])
})

test('a failure reaches all who asked', async () => {
  const getProfiles = joinProfiles(() => Promise.reject(new ServiceError('UNAVAILABLE', 'away')))
  const outcomes = await Promise.allSettled([getProfiles(call(), { ids: [1] }), getProfiles(call(), { ids: [2] })])
  expect(outcomes).toMatchObject([{ reason: { code: 'UNAVAILABLE' } }, { reason: { code: 'UNAVAILABLE' } }])
})

test('one who has gone does not take the others with him', async () => {
  const { getProfiles } = userService()
  const gone = call()
  const [, found] = await Promise.all([
    getProfiles(gone, { ids: [1] }),
    getProfiles(call(), { ids: [2] }),
    gone.cancel(),
  ])
  expect(found.profiles).toEqual([profile(2)])
})
