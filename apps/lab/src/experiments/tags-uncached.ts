import type { Experiment } from '../experiment.js'
import { compareRoute, routeHeldEqual } from '../load/compare-route.js'

export const tagsUncached: Experiment = {
  name: 'tags-uncached',
  summary: 'The most used tags, beside the same answer from bare node:http, pgbench and two monoliths.',
  heldEqual: routeHeldEqual,
  teaches: 'What one hop and one statement cost, and that a kept counter beats counting by orders of magnitude.',
  run: (lab) => compareRoute(lab, { path: () => '/api/tags', firstParams: () => ({}) }),
}
