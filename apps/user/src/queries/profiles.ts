import { statement } from '@fastpath/pooling'

export interface ProfileRow {
  readonly id: number
  readonly username: string
  readonly bio: string | null
  readonly image: string | null
  readonly version: number
}

export const profileByName = statement<ProfileRow, [username: string]>(
  'profile_by_name',
  `
  select id, username, bio, image, version
  from account
  where lower(username) = lower($1)`,
)

export const profilesByIds = statement<ProfileRow, [ids: readonly number[]]>(
  'profiles_by_ids',
  `
  select id, username, bio, image, version
  from account
  where id = any($1)`,
)

export interface ContactRow {
  readonly id: number
  readonly username: string
  readonly email: string
}

export const contactsByIds = statement<ContactRow, [ids: readonly number[]]>(
  'contacts_by_ids',
  `
  select id, username, email
  from account
  where id = any($1)`,
)

export const usersByNames = statement<{ id: number; username: string }, [usernames: readonly string[]]>(
  'users_by_names',
  `
  select account.id, account.username
  from unnest($1::text[]) as asked (name)
  join account on lower(account.username) = lower(asked.name)`,
)
