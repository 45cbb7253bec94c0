import { getArticlesFeed } from '@fastpath/contracts'
import { type Answer, answerWritten } from '../answer.js'
import type { Clients } from '../clients.js'
import type { WritePage } from '../present/page-writer.js'
import { emptyPage, surroundedPage } from '../surroundings.js'
import { linkNext, pageOf } from './articles.js'

interface Deps extends Clients {
  readonly writePage: WritePage
}

export const personalFeed = ({ writePage, ...clients }: Deps): Answer[] => [
  answerWritten(getArticlesFeed, writePage, async (call, { query, res }) => {
    const { ids } = await clients.user.listFollowed(call, {})
    if (ids.length === 0) return emptyPage
    const page = await clients.feed.listFollowedArticles(call, { authorIds: ids, ...pageOf(query) })
    linkNext(res, getArticlesFeed.path, query, page)
    return surroundedPage(clients, call, page, { following: true })
  }),
]
