import {
  type ArticleSummary,
  compileJsonFragments,
  compileJsonWriter,
  type JsonFragment,
  JsonText,
  ListedArticle,
  MultipleArticlesResponse,
} from '@fastpath/contracts'
import type { Metrics } from '@fastpath/timing'
import type { SurroundedPage } from '../surroundings.js'
import { presentListedArticle } from './articles.js'
import { createKeptFragments } from './kept-fragments.js'
import { type Author, unknownAuthor } from './profiles.js'

export type WritePage = (page: SurroundedPage) => string

export interface PageWriterOptions {
  /** Memory for articles whose text is kept; 0 keeps none. */
  readonly fragmentBytes: number
  readonly metrics: Metrics
}

/**
 * Writes lists of articles. The text of an article is written once for its version and its author's, whoever reads it;
 * what differs from reader to reader or from moment to moment (its flags, and the count of favourites, which raises no
 * version) is put in for each. Written whole instead, a page takes several times as long.
 */
export const createPageWriter = ({ fragmentBytes, metrics }: PageWriterOptions): WritePage => {
  if (fragmentBytes === 0) return writeWhole
  const kept = createKeptFragments({ maxBytes: fragmentBytes, metrics })

  const fragmentOf = (article: ArticleSummary, author: Author): JsonFragment => {
    const versions = { article: article.version, authorId: article.authorId, author: author.version }
    const found = kept.get(article.id, versions)
    if (found) return found
    const fragment = listed.cut(presentListedArticle(withoutReader(article, author))(article))
    kept.set(article.id, versions, fragment)
    return fragment
  }

  return ({ articles, count, surroundings: { authors, favorites } }) => {
    let texts = ''
    for (const article of articles) {
      const author = authors.get(article.authorId) ?? unknownAuthor
      const holes = [favorites.has(article.id), article.favoritesCount, author.following] as const
      texts += (texts && ',') + listed.fill(fragmentOf(article, author), holes)
    }
    return page.fill(frame, [new JsonText(`[${texts}]`), count])
  }
}

const listed = compileJsonFragments(ListedArticle, ['favorited', 'favoritesCount', 'author.following'])
const page = compileJsonFragments(MultipleArticlesResponse, ['articles', 'articlesCount'])
const frame = page.cut({ articles: [], articlesCount: 0 })

const writeReply = compileJsonWriter(MultipleArticlesResponse)

const writeWhole: WritePage = ({ articles, count, surroundings }) =>
  writeReply({ articles: articles.map(presentListedArticle(surroundings)), articlesCount: count })

const withoutReader = ({ authorId }: ArticleSummary, author: Author) => ({
  authors: new Map([[authorId, author]]),
  favorites: new Set<number>(),
})
