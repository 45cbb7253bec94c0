import type { SignedIn } from '@fastpath/contracts'
import type { SignInRow } from '../queries/accounts.js'
import type { Tokens } from '../tokens.js'

/** Field by field: the row of a log-in holds more than its owner may see. */
export const signedIn = async (
  tokens: Tokens,
  { id, username, email, bio, image, version, tokenGeneration }: SignInRow,
): Promise<SignedIn> => ({
  account: { id, username, email, bio, image, version },
  token: await tokens.sign({ accountId: id, generation: tokenGeneration }),
})
