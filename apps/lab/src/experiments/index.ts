import type { Experiment } from '../experiment.js'
import { cache } from './cache.js'
import { cachedRead } from './cached-read.js'
import { columns } from './columns.js'
import { compression } from './compression.js'
import { coordinatedOmission } from './coordinated-omission.js'
import { detector } from './detector.js'
import { exists } from './exists.js'
import { hop } from './hop.js'
import { http2 } from './http2.js'
import { index } from './index-or-scan.js'
import { json } from './json.js'
import { latencyPage } from './latency-page.js'
import { listUncached } from './list-uncached.js'
import { loginStorm } from './login-storm.js'
import { messagepack } from './messagepack.js'
import { nPlusOne } from './n-plus-one.js'
import { observability } from './observability.js'
import { paging } from './paging.js'
import { personalFeed } from './personal-feed.js'
import { pool } from './pool.js'
import { pooler } from './pooler.js'
import { profileUncached } from './profile-uncached.js'
import { signedInRead } from './signed-in-read.js'
import { signup } from './signup.js'
import { slugUncached } from './slug-uncached.js'
import { stampede } from './stampede.js'
import { tagsUncached } from './tags-uncached.js'
import { warming } from './warming.js'

/** Every experiment, in the order of the list. */
export const experiments: readonly Experiment[] = [
  nPlusOne,
  columns,
  exists,
  index,
  pool,
  pooler,
  json,
  messagepack,
  hop,
  paging,
  personalFeed,
  listUncached,
  slugUncached,
  tagsUncached,
  profileUncached,
  cache,
  cachedRead,
  signedInRead,
  stampede,
  warming,
  signup,
  compression,
  http2,
  coordinatedOmission,
  detector,
  observability,
  latencyPage,
  loginStorm,
]
