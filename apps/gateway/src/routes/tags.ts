import { cacheTags, getTags } from '@fastpath/contracts'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'

export const tags = ({ feed }: Clients): Answer[] => [
  answer(getTags, (call, { tag }) => {
    tag?.(cacheTags.popularTags)
    return feed.listTags(call, {})
  }),
]
