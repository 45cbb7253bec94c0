import type { feedContract } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { articleExists, getArticle, listArticles } from './articles.js'
import { listTags } from './tags.js'

export interface Deps {
  readonly pool: Pool
}

/** One handler for each operation of the contract; a missing one does not compile. */
export const createHandlers = (deps: Deps): Handlers<typeof feedContract> => ({
  listArticles: listArticles(deps),
  getArticle: getArticle(deps),
  articleExists: articleExists(deps),
  listTags: listTags(deps),
})
