import type { ArticlePage, ListArticles } from './feed.js'

/**
 * What cached values are made of: who keeps one marks it with these, and each event says which of them are no longer true
 * once it has happened (`tagsOf` of `events.ts`).
 */
export const cacheTags = {
  /** An article with all that lists show of it, its count of favourites too. */
  article: (id: number) => `article:${id}`,
  /** That there is no article of this slug. */
  slug: (slug: string) => `slug:${slug}`,
  /** Who is in a list, and how many: of all articles, an author's, a tag's, a user's favourites. */
  allArticles: 'articles',
  articlesBy: (authorId: number) => `articles-by:${authorId}`,
  articlesTagged: (tag: string) => `articles-tagged:${tag}`,
  favoritesOf: (userId: number) => `favorites-of:${userId}`,
  /** Some article has gone: nobody looks up all those who had it among their favourites. */
  deletions: 'deleted-articles',
  /** The most used tags. */
  popularTags: 'popular-tags',
  /** The comments below an article. */
  commentsOf: (slug: string) => `comments:${slug}`,
  /** What anybody may know of a user. */
  user: (id: number) => `user:${id}`,
  /** That nobody has some name: any account that is new, or has changed, may have taken it. Events tell no names. */
  unknownNames: 'unknown-names',
  /** Whom a user follows. */
  followedBy: (userId: number) => `followed-by:${userId}`,
} as const

/** The lists in which an article stands for what it is; whose favourite it is it does not say. */
export const listsOfArticle = ({ authorId, tags }: { readonly authorId: number; readonly tags: readonly string[] }) => [
  cacheTags.allArticles,
  cacheTags.articlesBy(authorId),
  ...tags.map(cacheTags.articlesTagged),
]

/** Of a page of `listArticles`. An article enters a filtered list by entering any of its parts, so it has the tags of all. */
export const tagsOfPage = (
  { tag, authorId, favoritedById }: Pick<ListArticles, 'tag' | 'authorId' | 'favoritedById'>,
  articles: ArticlePage['articles'],
): string[] => {
  const tags = articles.map(({ id }) => cacheTags.article(id))
  if (tag !== undefined) tags.push(cacheTags.articlesTagged(tag))
  if (authorId !== undefined) tags.push(cacheTags.articlesBy(authorId))
  if (favoritedById !== undefined) tags.push(cacheTags.favoritesOf(favoritedById), cacheTags.deletions)
  if (tag === undefined && authorId === undefined && favoritedById === undefined) tags.push(cacheTags.allArticles)
  return tags
}
