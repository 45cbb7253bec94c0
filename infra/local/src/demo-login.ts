import { createDataset, demoPassword, demoSize } from '@fastpath/fixtures'

const timeoutMs = 5_000

/**
 * A log-in to try, and a line for a shell that reads the personal feed with it; nothing where it does not work: an older
 * database, or one with other data, knows no such account.
 */
export const demoLogIn = async (url: string): Promise<string> => {
  const { email } = createDataset(demoSize).user(1)
  const json = JSON.stringify({ user: { email, password: demoPassword } })
  const headers = { 'content-type': 'application/json' }
  const works = await fetch(`${url}/api/users/login`, {
    method: 'POST',
    headers,
    body: json,
    signal: AbortSignal.timeout(timeoutMs),
  }).then(
    ({ ok }) => ok,
    () => false,
  )
  if (!works) return ''
  const asking = `curl -s ${url}/api/users/login -H 'Content-Type: application/json' -d '${json}'`
  const token = `${asking} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/'`
  return `
  Log in as ${email} with ${demoPassword}, or read what that account follows:
    curl -s '${url}/api/articles/feed?limit=2' -H "Authorization: Token $(${token})"
`
}
