import type { feedContract } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { mostUsedTags } from '../queries/tags.js'

export const listTags =
  ({ pool }: { readonly pool: Pool }): Handlers<typeof feedContract>['listTags'] =>
  async (call) => {
    const rows = await pool.run(call, mostUsedTags, [])
    return { tags: rows.map(({ name }) => name) }
  }
