import {
  type ArticlePage,
  compileLayout,
  decode,
  encode,
  feedContract,
  getArticles,
  Timestamp,
  type UserProfile,
  userContract,
} from '@fastpath/contracts'
import { articlePage, intoCyrillic, profilesOf, publicPage } from '../page.js'
import { type Format, json, layout, maps } from './formats.js'

/** One thing in the three formats. */
export interface Subject {
  readonly title: string
  readonly suffix: string
  readonly formats: readonly Format[]
}

/** What is written and read; the suffix ends the names of its figures. */
export const subjects = (): Subject[] => {
  const page = articlePage(20)
  const profiles = profilesOf(page)
  const shown = publicPage(page, profiles)
  const profile = profiles.find(({ bio, image }) => bio && image)
  const ofPublicPage = (title: string, suffix: string, shown: PublicPage): Subject => ({
    title,
    suffix,
    formats: [layout(publicLayout, withIntegerDates(shown)), maps(shown), json(shown)],
  })
  const ofPage = (page: ArticlePage, translate?: (text: string) => string) =>
    publicPage(page, profilesOf(page, translate))
  return [
    ofPublicPage('20 articles', '', shown),
    ofPublicPage('100 articles', '-100', ofPage(articlePage(100))),
    ofPublicPage('20, not ASCII', '-non-ascii', ofPage(articlePage(20, intoCyrillic), intoCyrillic)),
    { title: '20, records', suffix: '-records', formats: [records(page, profiles), maps(shown), json(shown)] },
    {
      title: '20, same record',
      suffix: '-same-record',
      formats: [layout(listArticles.output, page), maps(page), json(page)],
    },
    {
      title: 'a profile',
      suffix: '-profile',
      formats: [layout(getProfile.output, profile), maps(profile), json(profile)],
    },
  ]
}

type PublicPage = ReturnType<typeof publicPage>

const publicLayout = compileLayout<unknown>(
  JSON.parse(JSON.stringify(getArticles.reply), (_key, schema) =>
    schema?.format === 'date-time' ? Timestamp : schema,
  ),
)

const withIntegerDates = ({ articles, articlesCount }: PublicPage) => ({
  articles: articles.map((article) => ({
    ...article,
    createdAt: Date.parse(article.createdAt),
    updatedAt: Date.parse(article.updatedAt),
  })),
  articlesCount,
})

const { listArticles } = feedContract
const { getProfile, getProfiles } = userContract

/** The answers of feed and user, as one message, so that the number of messages is the same for all. */
const records = (page: ArticlePage, profiles: readonly UserProfile[]): Format => {
  const answers = { page, authors: { profiles: [...profiles] } }
  return {
    name: 'layout',
    value: answers,
    encode: (value) => {
      const { page, authors } = value as typeof answers
      return encode([listArticles.output.toWire(page), getProfiles.output.toWire(authors)])
    },
    decode: (bytes) => {
      const [page, authors] = decode(bytes) as [unknown, unknown]
      return { page: listArticles.output.fromWire(page), authors: getProfiles.output.fromWire(authors) }
    },
  }
}
