import type { feedContract } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { countByAuthors, followedPage } from '../queries/followed-pages.js'
import { cutPage } from './cut-page.js'

export const listFollowedArticles =
  ({ pool }: { readonly pool: Pool }): Handlers<typeof feedContract>['listFollowedArticles'] =>
  async (call, input) => {
    if (input.authorIds.length === 0) return { articles: [], count: 0 }
    const page = followedPage(input)
    const rows = await pool.run(call, page.statement, page.params)
    const count = (rows[0] ?? (await pool.one(call, countByAuthors, [input.authorIds])))?.count ?? 0
    return cutPage(rows, input.limit, count)
  }
