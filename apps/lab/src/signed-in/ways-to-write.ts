import {
  type ArticlePage,
  type ArticleSummary,
  compileJsonFragments,
  compileJsonWriter,
  type JsonFragment,
  JsonText,
  ListedArticle,
  MultipleArticlesResponse,
} from '@fastpath/contracts'
import { profilesOf } from '../page.js'

/** As the gateway does it, with a Map for its bounded cache. A reader with every third article as a favourite. */
export const waysToWrite = ({ articles, count }: ArticlePage, translate?: (text: string) => string) => {
  const authors = new Map(
    profilesOf({ articles, count }, translate).map((profile, i) => [
      profile.id,
      { ...profile, following: i % 2 === 0 },
    ]),
  )
  const favorites = new Set(articles.filter((_, i) => i % 3 === 0).map(({ id }) => id))
  const authorOf = ({ authorId }: ArticleSummary) => {
    const author = authors.get(authorId)
    if (!author) throw new Error(`there is no author ${authorId}`)
    return author
  }
  const present = (article: ArticleSummary): ListedArticle => ({
    slug: article.slug,
    title: article.title,
    description: article.description,
    tagList: article.tags,
    createdAt: new Date(article.createdAt),
    updatedAt: new Date(article.updatedAt),
    favorited: favorites.has(article.id),
    favoritesCount: article.favoritesCount,
    author: authorOf(article),
  })
  // Made before the clock runs: only the writing is compared, which favours the whole page.
  const presented = { articles: articles.map(present), articlesCount: count }

  const listed = compileJsonFragments(ListedArticle, ['favorited', 'favoritesCount', 'author.following'])
  const page = compileJsonFragments(MultipleArticlesResponse, ['articles', 'articlesCount'])
  const frame = page.cut({ articles: [], articlesCount: 0 })
  const kept = new Map<number, { version: number; author: number; authorVersion: number; fragment: JsonFragment }>()
  const fragmentOf = (article: ArticleSummary): JsonFragment => {
    const { id: author, version: authorVersion } = authorOf(article)
    const found = kept.get(article.id)
    if (found?.version === article.version && found.author === author && found.authorVersion === authorVersion)
      return found.fragment
    const fragment = listed.cut(present(article))
    kept.set(article.id, { version: article.version, author, authorVersion, fragment })
    return fragment
  }
  const splice = () => {
    let texts = ''
    for (const article of articles) {
      const holes = [favorites.has(article.id), article.favoritesCount, authorOf(article).following] as const
      texts += (texts && ',') + listed.fill(fragmentOf(article), holes)
    }
    return page.fill(frame, [new JsonText(`[${texts}]`), count])
  }
  const write = compileJsonWriter(MultipleArticlesResponse)
  return { writeWhole: () => write(presented), splice }
}
