import type { ArticlePage, ListedArticle, UserProfile } from '@fastpath/contracts'
import { createDataset, sizeFor } from '@fastpath/fixtures'

const dataset = createDataset(sizeFor(10_000))

/** What `feed.listArticles` answers for the first page: what crosses between services. */
export const articlePage = (limit: number, translate = same): ArticlePage => {
  const { articles: newest, favorites } = dataset.size
  const articles = Array.from({ length: limit }, (_, i) => {
    const { id, slug, title, description, tags, authorId, createdAt } = dataset.article(newest - i)
    const writtenMs = createdAt.getTime()
    return {
      id,
      slug,
      title: translate(title),
      description: translate(description),
      tags: tags.map(translate),
      authorId,
      favoritesCount: favorites / newest,
      createdAt: writtenMs,
      updatedAt: writtenMs,
      version: 1,
    }
  })
  const last = articles.at(-1)
  return { articles, count: newest, ...(last && { next: { createdAt: last.createdAt, id: last.id } }) }
}

/** What `user.getProfiles` answers for the authors of a page: each once. */
export const profilesOf = ({ articles }: ArticlePage, translate = same): UserProfile[] =>
  [...new Set(articles.map(({ authorId }) => authorId))].map((id) => {
    const { username, bio, image } = dataset.user(id)
    return { id, username, bio: bio === null ? null : translate(bio), image, version: 1 }
  })

/** The same page as services that talk in HTTP and JSON would hand it on: the public form, authors in it, dates as text. */
export const publicPage = ({ articles, count }: ArticlePage, profiles: readonly UserProfile[]) => {
  const authors = new Map(profiles.map((profile) => [profile.id, profile]))
  const listed = articles.map(({ slug, title, description, tags, authorId, favoritesCount, createdAt, updatedAt }) => {
    const { username = '', bio = null, image = null } = authors.get(authorId) ?? {}
    return {
      slug,
      title,
      description,
      tagList: tags,
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
      favorited: false,
      favoritesCount,
      author: { username, bio, image, following: false },
    } satisfies ListedArticle
  })
  return { articles: listed, articlesCount: count }
}

/** Letters of two bytes, and in each text one of three and one of four: what most of the world writes. */
export const intoCyrillic = (text: string): string =>
  `${text.replaceAll(/[a-z]/g, (letter) => cyrillic[letter.charCodeAt(0) - 97] as string)} — 🐎`

const cyrillic = [...'абцдефгхийклмнопярстувшжыз']

const same = (text: string): string => text
