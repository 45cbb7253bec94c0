import { getTags } from '@fastpath/contracts'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'

export const tags = ({ feed }: Clients): Answer[] => [answer(getTags, (call) => feed.listTags(call, {}))]
