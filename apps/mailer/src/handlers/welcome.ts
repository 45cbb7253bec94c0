import type { Call } from '@fastpath/timing'
import { welcome as contentOf } from '../templates/welcome.js'
import type { MailDeps } from './mail-deps.js'

/** To who has just signed up. */
export const welcome =
  ({ user, post }: MailDeps) =>
  async (call: Call, { userId }: { readonly userId: number }, { eventId }: { readonly eventId: string }) => {
    const { contacts } = await user.getContacts(call, { ids: [userId] })
    const [reader] = contacts
    if (!reader) return
    await post.send(call, { eventId, name: 'welcome', to: reader.email, content: contentOf(reader) })
  }
