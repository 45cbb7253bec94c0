import type { Experiment } from '../experiment.js'
import { compareRoute, routeHeldEqual } from '../load/compare-route.js'

/** Neither the first nor the last of anything. */
const articleId = 4_321

export const slugUncached: Experiment = {
  name: 'slug-uncached',
  summary: 'One article by its slug, beside the same answer from bare node:http, pgbench and two monoliths.',
  heldEqual: routeHeldEqual,
  teaches:
    'What a call to a second service costs where a monolith would join: the author is asked for after the article.',
  run: (lab) =>
    compareRoute(lab, {
      path: ({ article }) => `/api/articles/${article(articleId).slug}`,
      firstParams: ({ article }) => ({ feed: article(articleId).slug, user: `{${article(articleId).authorId}}` }),
    }),
}
