import { listMails } from '@fastpath/servers'
import postgres from 'postgres'
import type { Lab } from '../experiment.js'
import { signUp } from './sign-up.js'

/** Resolves when the mailer has nothing more to do: every event of the user service is marked in its inbox. */
export const openMailsOwed = (lab: Lab, adminUrl: string) => {
  const sql = postgres(adminUrl, { max: 1 })
  lab.own({ close: () => sql.end() })
  return async (): Promise<void> => {
    for (;;) {
      const [owed] = await sql`
        select from "user".outbox
        where not exists (select from mailer.inbox where inbox.event_id = outbox.event_id)
        limit 1`
      if (!owed) return
      await sleep(50)
    }
  }
}

/** Milliseconds from the answer to a sign-up until its mail can be read where `/mail` reads it; one after the other. */
export const mailTimes = async (
  url: string,
  { folder, count }: { readonly folder: string; readonly count: number },
): Promise<number[]> => {
  const tookMs: number[] = []
  for (let i = 0; i < count; i++) {
    const { email, url: target, ...request } = signUp(url, 0)
    const { status } = await fetch(target, request)
    const answeredMs = performance.now()
    if (status !== 201) throw new Error(`a sign-up was answered ${status}`)
    while ((await listMails(folder, 1))[0]?.envelope.to[0] !== email) {
      if (performance.now() - answeredMs > 30_000) throw new Error(`no mail to ${email}`)
      await sleep(2)
    }
    tookMs.push(performance.now() - answeredMs)
  }
  return tookMs
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
