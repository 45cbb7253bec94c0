import { statement } from '@fastpath/pooling'
import type { ProfileRow } from './profiles.js'

const byName = `
  with followee as materialized (
    select id, username, bio, image, version
    from account
    where lower(username) = lower($2)
  )`

/** A profile, and whether anything was changed. */
type FollowedRow = ProfileRow & { readonly changed: boolean }

/** The profile of the followed, who may have been followed before; no row where nobody has that name. Nobody follows
 * themselves. */
export const addFollow = statement<FollowedRow, [followerId: number, followee: string]>(
  'add_follow',
  `
  ${byName},
  added as (
    insert into follow (follower_id, followee_id)
    select $1::integer, id from followee where id <> $1
    on conflict do nothing
    returning followee_id
  )
  select id, username, bio, image, version, exists (select from added) as changed from followee`,
)

/** The profile of who is no longer followed, and may not have been; no row where nobody has that name. */
export const removeFollow = statement<FollowedRow, [followerId: number, followee: string]>(
  'remove_follow',
  `
  ${byName},
  removed as (
    delete from follow
    using followee
    where follow.follower_id = $1 and follow.followee_id = followee.id
    returning follow.followee_id
  )
  select id, username, bio, image, version, exists (select from removed) as changed from followee`,
)

export const followedAmong = statement<{ id: number }, [followerId: number, ids: readonly number[]]>(
  'followed_among',
  `
  select followee_id as "id"
  from follow
  where follower_id = $1 and followee_id = any($2)`,
)

// A literal limit: with a parameter PostgreSQL never settles on the generic plan.
export const latestFollowed = statement<{ id: number }, [followerId: number]>(
  'latest_followed',
  `
  select followee_id as "id"
  from follow
  where follower_id = $1
  order by created_at desc, followee_id desc
  limit 10000`,
)
