import type { Profile, UserProfile } from '@fastpath/contracts'

export const presentProfile = ({ username, bio, image }: UserProfile, following: boolean): Profile => ({
  username,
  bio,
  image,
  following,
})

/** Who has written something, as its reader sees them, in the version of the account from which that was made. */
export interface Author extends Profile {
  readonly version: number
}

/** Stands for an author whose account is gone while the article still is there. */
export const unknownAuthor: Author = { username: 'unknown', bio: null, image: null, following: false, version: 0 }

/** The authors of a page by id, as its reader sees them. */
export const presentAuthors = (
  profiles: readonly UserProfile[],
  followed: ReadonlySet<number>,
): ReadonlyMap<number, Author> =>
  new Map(
    profiles.map(({ id, username, bio, image, version }) => [
      id,
      { username, bio, image, following: followed.has(id), version },
    ]),
  )
