import { compileJsonWriter, getArticle, getArticles, getProfile, type Route } from '@fastpath/contracts'
import { createDataset, sizeFor } from '@fastpath/fixtures'
import { articlePage, profilesOf, publicPage } from '../page.js'

/** One answer of the API, and our writer of its shape. */
export interface JsonValue {
  readonly value: object
  readonly write: (value: never) => string
}

/** From a short answer to a long one; dates as the driver gives them, and as text. */
export type JsonValueName = 'profile' | 'page' | 'page-text-dates' | 'long-body'

const page = articlePage(20)
const textPage = publicPage(page, profilesOf(page))
const datePage = { ...textPage, articles: textPage.articles.map(withDates) }
const [author] = profilesOf(page)
const { article } = createDataset(sizeFor(10_000))
/** 15 kB. */
const body = Array.from({ length: 24 }, (_, i) => article(i + 1).body).join('\n\n')

export const jsonValues: Readonly<Record<JsonValueName, JsonValue>> = {
  profile: {
    value: {
      profile: { username: author?.username, bio: author?.bio, image: author?.image, following: false },
    },
    write: writerOf(getProfile),
  },
  page: { value: datePage, write: writerOf(getArticles) },
  'page-text-dates': { value: textPage, write: writerOf(getArticles) },
  'long-body': { value: { article: { ...datePage.articles[0], body } }, write: writerOf(getArticle) },
}

function writerOf({ id, reply }: Route): (value: never) => string {
  if (!reply) throw new Error(`${id} answers without a body`)
  return compileJsonWriter(reply) as (value: never) => string
}

function withDates<T extends { createdAt: Date | string; updatedAt: Date | string }>(article: T) {
  return { ...article, createdAt: new Date(article.createdAt), updatedAt: new Date(article.updatedAt) }
}
