import Type, { type Static } from 'typebox'
import { operation } from '../operation.js'
import { Id, Nullable, Timestamp } from '../schema.js'

/** What anybody may know of a user. */
export const UserProfile = Type.Object({
  id: Id,
  username: Type.String(),
  bio: Nullable(Type.String()),
  image: Nullable(Type.String()),
  version: Type.Integer(),
})
export type UserProfile = Static<typeof UserProfile>

/** An account as only its owner may see it. */
export const AccountRecord = Type.Object({ ...UserProfile.properties, email: Type.String() })
export type AccountRecord = Static<typeof AccountRecord>

/** Whom a mail goes to. */
export const Contact = Type.Object({ id: Id, username: Type.String(), email: Type.String() })
export type Contact = Static<typeof Contact>

/** An account with a token that is good for it from now on. */
export const SignedIn = Type.Object({ account: AccountRecord, token: Type.String() })
export type SignedIn = Static<typeof SignedIn>

const ByUsername = Type.Object({ username: Type.String() })
const Nothing = Type.Object({})

export const userContract = {
  /** A profile by its name, in any case; `NOT_FOUND` where there is none. */
  getProfile: operation({
    subject: 'user.getProfile',
    input: ByUsername,
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

  /**
   * Names and addresses, for who sends mail: never for the edge. In no particular order; ids that nobody has are left
   * out.
   */
  getContacts: operation({
    subject: 'user.getContacts',
    input: Type.Object({ ids: Type.Array(Id, { maxItems: 1_000 }) }),
    output: Type.Object({ contacts: Type.Array(Contact) }),
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

  /** Makes an account; `CONFLICT` where its username or email is somebody's already, in any case. */
  register: operation({
    subject: 'user.register',
    input: Type.Object({ username: Type.String(), email: Type.String(), password: Type.String() }),
    output: SignedIn,
    idempotent: false,
    timeoutMs: 5_000,
  }),

  /** `UNAUTHENTICATED` for an unknown email as for a wrong password, in the same time; `OVERLOADED` where it can't be
   * hashed in time. */
  logIn: operation({
    subject: 'user.logIn',
    input: Type.Object({ email: Type.String(), password: Type.String() }),
    output: SignedIn,
    // It may be, and is not: a second try is a second hash, when those who wait for theirs are many already.
    idempotent: false,
    timeoutMs: 5_000,
  }),

  /** Who holds a token; `UNAUTHENTICATED` where it is forged, too old, or of an account that no longer takes it. */
  authenticate: operation({
    subject: 'user.authenticate',
    input: Type.Object({ token: Type.String() }),
    output: Type.Object({ id: Id, expiresAt: Timestamp }),
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** The viewer's account. */
  getAccount: operation({
    subject: 'user.getAccount',
    input: Nothing,
    output: AccountRecord,
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** Changes what is given of the viewer's account; a new password ends every token but the one that is given back. */
  updateAccount: operation({
    subject: 'user.updateAccount',
    input: Type.Object({
      username: Type.Optional(Type.String()),
      email: Type.Optional(Type.String()),
      password: Type.Optional(Type.String()),
      bio: Type.Optional(Nullable(Type.String())),
      image: Type.Optional(Nullable(Type.String())),
    }),
    output: SignedIn,
    idempotent: false,
    timeoutMs: 5_000,
  }),

  /** The viewer follows a user, and may have before; `NOT_FOUND` where there is none. */
  follow: operation({
    subject: 'user.follow',
    input: ByUsername,
    output: UserProfile,
    idempotent: true,
    timeoutMs: 3_000,
  }),

  unfollow: operation({
    subject: 'user.unfollow',
    input: ByUsername,
    output: UserProfile,
    idempotent: true,
    timeoutMs: 3_000,
  }),

  /** Which of these users the viewer follows. */
  getFollows: operation({
    subject: 'user.getFollows',
    input: Type.Object({ ids: Type.Array(Id, { maxItems: 1_000 }) }),
    output: Type.Object({ ids: Type.Array(Id) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** Everybody whom the viewer follows, the latest first, at most 10,000. */
  listFollowed: operation({
    subject: 'user.listFollowed',
    input: Nothing,
    output: Type.Object({ ids: Type.Array(Id) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),
}
