import type { Experiment } from '../experiment.js'
import { hop } from './hop.js'
import { listUncached } from './list-uncached.js'
import { messagepack } from './messagepack.js'
import { paging } from './paging.js'
import { profileUncached } from './profile-uncached.js'
import { slugUncached } from './slug-uncached.js'
import { tagsUncached } from './tags-uncached.js'

/** Every experiment, in the order of the list. */
export const experiments: readonly Experiment[] = [
  messagepack,
  hop,
  paging,
  listUncached,
  slugUncached,
  tagsUncached,
  profileUncached,
]
