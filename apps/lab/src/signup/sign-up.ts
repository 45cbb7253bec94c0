import type { HttpRequest } from '../load/http-request.js'

let count = 0

/** A sign-up of somebody new, whose mail the server answers so many milliseconds late. */
export const signUp = (url: string, smtpMs: number): HttpRequest & { readonly email: string } => {
  const username = `new-${++count}`
  const email = `${username}+late${smtpMs}@example.com`
  return {
    url: `${url}/api/users`,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: { username, email, password: 'correct horse' } }),
    email,
  }
}
