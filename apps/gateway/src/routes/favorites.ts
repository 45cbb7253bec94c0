import { favoriteArticle, unfavoriteArticle } from '@fastpath/contracts'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'
import { presentArticle } from '../present/articles.js'
import { surroundingsOf } from '../surroundings.js'

export const favorites = (clients: Clients): Answer[] => [
  answer(favoriteArticle, async (call, { params }) => {
    const article = await clients.feed.favoriteArticle(call, { slug: params.slug })
    return { article: presentArticle(await surroundingsOf(clients, call, [article], { favorited: true }))(article) }
  }),

  answer(unfavoriteArticle, async (call, { params }) => {
    const article = await clients.feed.unfavoriteArticle(call, { slug: params.slug })
    return { article: presentArticle(await surroundingsOf(clients, call, [article], { favorited: false }))(article) }
  }),
]
