import type { Article, ArticleRecord, ArticleSummary, ListedArticle, UserProfile } from '@fastpath/contracts'
import { presentProfile, unknownProfile } from './profiles.js'

/** Each author once, for one batch call. */
export const authorIds = (articles: readonly ArticleSummary[]): number[] => [
  ...new Set(articles.map(({ authorId }) => authorId)),
]

export const presentListedArticle = (profiles: readonly UserProfile[]) => {
  const authors = new Map(profiles.map((profile) => [profile.id, presentProfile(profile)]))
  return (article: ArticleSummary): ListedArticle => ({
    slug: article.slug,
    title: article.title,
    description: article.description,
    tagList: article.tags,
    createdAt: new Date(article.createdAt),
    updatedAt: new Date(article.updatedAt),
    favorited: false,
    favoritesCount: article.favoritesCount,
    author: authors.get(article.authorId) ?? unknownProfile,
  })
}

export const presentArticle = (profiles: readonly UserProfile[]) => {
  const present = presentListedArticle(profiles)
  return (article: ArticleRecord): Article => ({ ...present(article), body: article.body })
}
