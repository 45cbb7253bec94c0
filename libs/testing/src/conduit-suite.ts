import { accountsSuite } from './conduit/accounts.js'
import { articlesSuite } from './conduit/articles.js'
import { belongingSuite } from './conduit/belonging.js'
import { castOf } from './conduit/cast.js'
import { createConduitClient } from './conduit/client.js'
import { readersSuite } from './conduit/readers.js'
import { requestsSuite } from './conduit/requests.js'

/**
 * A full life of the RealWorld API, with nothing but an HTTP client: whatever stands at `url` must pass it, the gateway
 * alone as well as behind an edge. Each run makes its own people, so it can be repeated against the same data.
 */
export const conduitSuite = (url: () => string): void => {
  const cast = castOf(createConduitClient(url))
  accountsSuite(cast)
  articlesSuite(cast)
  readersSuite(cast)
  belongingSuite(cast)
  requestsSuite(cast, url)
}
