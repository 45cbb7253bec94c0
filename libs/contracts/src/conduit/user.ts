import Type, { type Static } from 'typebox'
import { operation } from '../operation.js'
import { Id, Nullable } from '../schema.js'

/** What anybody may know of a user. */
export const UserProfile = Type.Object({
  id: Id,
  username: Type.String(),
  bio: Nullable(Type.String()),
  image: Nullable(Type.String()),
  version: Type.Integer(),
})
export type UserProfile = Static<typeof UserProfile>

export const userContract = {
  /** A profile by its name, in any case; `NOT_FOUND` where there is none. */
  getProfile: operation({
    subject: 'user.getProfile',
    input: Type.Object({ username: Type.String() }),
    output: UserProfile,
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** The profiles of a page at once, in no particular order; ids that nobody has are left out. */
  getProfiles: operation({
    subject: 'user.getProfiles',
    input: Type.Object({ ids: Type.Array(Id, { maxItems: 1_000 }) }),
    output: Type.Object({ profiles: Type.Array(UserProfile) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** The ids behind names, in any case and no particular order; names that nobody has are left out. */
  findUsers: operation({
    subject: 'user.findUsers',
    input: Type.Object({ usernames: Type.Array(Type.String(), { maxItems: 100 }) }),
    output: Type.Object({ users: Type.Array(Type.Object({ id: Id, username: Type.String() })) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),
}
