import type { AccountRecord, User } from '@fastpath/contracts'

export const presentUser = ({ email, username, bio, image }: AccountRecord, token: string): User => ({
  email,
  token,
  username,
  bio,
  image,
})
