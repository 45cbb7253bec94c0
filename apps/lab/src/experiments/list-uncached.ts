import type { Dataset } from '@fastpath/fixtures'
import type { Experiment } from '../experiment.js'
import { articleCount, compareRoute, routeHeldEqual } from '../load/compare-route.js'

const limit = 20

export const listUncached: Experiment = {
  name: 'list-uncached',
  summary: 'The newest 20 articles through gateway and services, beside bare node:http, pgbench and two monoliths.',
  heldEqual: routeHeldEqual,
  teaches:
    'What three processes and a broker cost against one honest monolith, and how much more the usual N+1 costs than either.',
  run: (lab) =>
    compareRoute(lab, {
      path: () => `/api/articles?limit=${limit}`,
      firstParams: (dataset) => ({ user: `{${authorsOfFirstPage(dataset).join()}}` }),
    }),
}

const authorsOfFirstPage = ({ article }: Dataset): number[] => [
  ...new Set(Array.from({ length: limit }, (_, i) => article(articleCount - i).authorId)),
]
