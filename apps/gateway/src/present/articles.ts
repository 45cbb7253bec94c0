import type { Article, ArticleRecord, ArticleSummary, ListedArticle } from '@fastpath/contracts'
import type { Surroundings } from '../surroundings.js'
import { unknownAuthor } from './profiles.js'

export const presentListedArticle =
  ({ authors, favorites }: Surroundings) =>
  (article: ArticleSummary): ListedArticle => ({
    slug: article.slug,
    title: article.title,
    description: article.description,
    tagList: article.tags,
    createdAt: new Date(article.createdAt),
    updatedAt: new Date(article.updatedAt),
    favorited: favorites.has(article.id),
    favoritesCount: article.favoritesCount,
    author: authors.get(article.authorId) ?? unknownAuthor,
  })

export const presentArticle =
  (surroundings: Surroundings) =>
  (article: ArticleRecord): Article => ({ ...presentListedArticle(surroundings)(article), body: article.body })
