import { createUser, getCurrentUser, logIn, type SignedIn, updateCurrentUser } from '@fastpath/contracts'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'
import type { LoginLimit } from '../limits/login-limit.js'
import { presentUser } from '../present/users.js'

export interface AccountDeps extends Clients {
  readonly loginLimit: LoginLimit
}

export const accounts = ({ user, loginLimit }: AccountDeps): Answer[] => [
  answer(createUser, async (call, { body }) => signedIn(await user.register(call, body.user))),

  answer(logIn, async (call, { body, res }) => {
    await loginLimit(res, body.user.email)
    return signedIn(await user.logIn(call, body.user))
  }),

  answer(getCurrentUser, async (call, { token }) => ({ user: presentUser(await user.getAccount(call, {}), token) })),

  answer(updateCurrentUser, async (call, { body }) => signedIn(await user.updateAccount(call, body.user))),
]

const signedIn = ({ account, token }: SignedIn) => ({ user: presentUser(account, token) })
