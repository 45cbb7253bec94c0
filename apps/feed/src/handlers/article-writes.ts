import { articleDeleted, articlePublished, articleUpdated, type feedContract } from '@fastpath/contracts'
import type { Handlers, Outbox } from '@fastpath/messaging'
import type { Queries } from '@fastpath/pooling'
import {
  type ArticleForWritingRow,
  articleForWriting,
  deleteArticleById,
  insertArticle,
  updateArticleById,
} from '../queries/article-writes.js'
import { addMissingTags } from '../queries/tags.js'
import { slugBase } from '../slug.js'
import { tidyTags } from '../tag-list.js'
import { forbidden, notFound, viewerIdOf } from './refusals.js'

type FeedHandlers = Handlers<typeof feedContract>

interface Deps {
  readonly outbox: Outbox
}

export const createArticle =
  ({ outbox }: Deps): FeedHandlers['createArticle'] =>
  async (call, { title, description, body, ...given }) => {
    const authorId = viewerIdOf(call)
    const tags = tidyTags(given.tags)
    return outbox.transaction(call, async (tx) => {
      if (tags.length > 0) await tx.run(addMissingTags, [tags])
      const article = await tx.one(insertArticle, [slugBase(title), title, description, body, tags, authorId])
      if (!article) throw new Error('an insert gave no row')
      await tx.emit(articlePublished, { ...changeOf(article), tags: article.tags })
      return article
    })
  }

export const updateArticle =
  ({ outbox }: Deps): FeedHandlers['updateArticle'] =>
  async (call, { slug, title, description, body, ...given }) => {
    const viewerId = viewerIdOf(call)
    const tags = given.tags ? tidyTags(given.tags) : null
    return outbox.transaction(call, async (tx) => {
      const before = await lockOwn(tx, slug, viewerId)
      if (tags && tags.length > 0) await tx.run(addMissingTags, [tags])
      const base = title === undefined ? null : slugBase(title)
      const changes = [base, title ?? null, description ?? null, body ?? null, tags] as const
      const article = await tx.one(updateArticleById, [before.id, ...changes])
      if (!article) throw notFound('article', slug)
      const moved = article.slug === slug ? {} : { formerSlug: slug }
      await tx.emit(articleUpdated, { ...changeOf(article), ...moved, tags: changedTags(before, article) })
      return article
    })
  }

export const deleteArticle =
  ({ outbox }: Deps): FeedHandlers['deleteArticle'] =>
  async (call, { slug }) => {
    const viewerId = viewerIdOf(call)
    await outbox.transaction(call, async (tx) => {
      const { id, authorId, tags, version } = await lockOwn(tx, slug, viewerId)
      await tx.run(deleteArticleById, [id])
      await tx.emit(articleDeleted, { ...changeOf({ id, authorId, slug, version: version + 1 }), tags: [...tags] })
    })
    return {}
  }

/** Those that only one of both has. */
const changedTags = (before: Tagged, after: Tagged): string[] => [
  ...before.tags.filter((tag) => !after.tags.includes(tag)),
  ...after.tags.filter((tag) => !before.tags.includes(tag)),
]
interface Tagged {
  readonly tags: readonly string[]
}

/** The viewer's own article, which nobody else changes until the transaction is over. */
const lockOwn = async (tx: Queries, slug: string, viewerId: number): Promise<ArticleForWritingRow> => {
  const article = await tx.one(articleForWriting, [slug])
  if (!article) throw notFound('article', slug)
  if (article.authorId !== viewerId) throw forbidden('article', slug)
  return article
}

interface Changed {
  readonly id: number
  readonly authorId: number
  readonly slug: string
  readonly version: number
}

const changeOf = ({ id, authorId, slug, version }: Changed) => ({ articleId: id, authorId, slug, version })
