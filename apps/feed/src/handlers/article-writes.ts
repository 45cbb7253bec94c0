import type { Caches } from '@fastpath/caching'
import {
  articleDeleted,
  articlePublished,
  articleUpdated,
  cacheTags,
  type feedContract,
  listsOfArticle,
} from '@fastpath/contracts'
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
  readonly caches: Pick<Caches, 'invalidate'>
}

export const createArticle =
  ({ outbox, caches }: Deps): FeedHandlers['createArticle'] =>
  async (call, { title, description, body, ...given }) => {
    const authorId = viewerIdOf(call)
    const tags = tidyTags(given.tags)
    const made = await outbox.transaction(call, async (tx) => {
      if (tags.length > 0) await tx.run(addMissingTags, [tags])
      const article = await tx.one(insertArticle, [slugBase(title), title, description, body, tags, authorId])
      if (!article) throw new Error('an insert gave no row')
      await tx.emit(articlePublished, changeOf(article))
      return article
    })
    await caches.invalidate([cacheTags.slug(made.slug), cacheTags.popularTags, ...listsOfArticle(made)])
    return made
  }

export const updateArticle =
  ({ outbox, caches }: Deps): FeedHandlers['updateArticle'] =>
  async (call, { slug, title, description, body, ...given }) => {
    const viewerId = viewerIdOf(call)
    const tags = given.tags ? tidyTags(given.tags) : null
    const { before, after } = await outbox.transaction(call, async (tx) => {
      const before = await lockOwn(tx, slug, viewerId)
      if (tags && tags.length > 0) await tx.run(addMissingTags, [tags])
      const base = title === undefined ? null : slugBase(title)
      const changes = [base, title ?? null, description ?? null, body ?? null, tags] as const
      const article = await tx.one(updateArticleById, [before.id, ...changes])
      if (!article) throw notFound('article', slug)
      const moved = article.slug === slug ? {} : { formerSlug: slug }
      await tx.emit(articleUpdated, { ...changeOf(article), ...moved })
      return { before, after: article }
    })
    // Under its old slug by its id; under a new one it was unknown.
    await caches.invalidate([cacheTags.article(after.id), cacheTags.slug(after.slug), ...changedLists(before, after)])
    return after
  }

export const deleteArticle =
  ({ outbox, caches }: Deps): FeedHandlers['deleteArticle'] =>
  async (call, { slug }) => {
    const viewerId = viewerIdOf(call)
    const gone = await outbox.transaction(call, async (tx) => {
      const article = await lockOwn(tx, slug, viewerId)
      const { id, authorId, version } = article
      await tx.run(deleteArticleById, [id])
      await tx.emit(articleDeleted, changeOf({ id, authorId, slug, version: version + 1 }))
      return article
    })
    const { article, popularTags, deletions } = cacheTags
    await caches.invalidate([article(gone.id), popularTags, deletions, ...listsOfArticle(gone)])
    return {}
  }

/** Only tags move an article between lists. */
const changedLists = (before: { readonly tags: readonly string[] }, after: { readonly tags: readonly string[] }) => {
  const changed = [
    ...before.tags.filter((tag) => !after.tags.includes(tag)),
    ...after.tags.filter((tag) => !before.tags.includes(tag)),
  ]
  return changed.length === 0 ? [] : [cacheTags.popularTags, ...changed.map(cacheTags.articlesTagged)]
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
