import type { Profile, UserProfile } from '@fastpath/contracts'

export const presentProfile = ({ username, bio, image }: UserProfile): Profile => ({
  username,
  bio,
  image,
  following: false,
})

/** Stands for an author whose account is gone while the article still is there. */
export const unknownProfile: Profile = { username: 'unknown', bio: null, image: null, following: false }
