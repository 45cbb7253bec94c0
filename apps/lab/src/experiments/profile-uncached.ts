import type { Experiment } from '../experiment.js'
import { compareRoute, routeHeldEqual } from '../load/compare-route.js'

const userId = 123

export const profileUncached: Experiment = {
  name: 'profile-uncached',
  summary: 'One profile by its name, beside the same answer from bare node:http, pgbench and two monoliths.',
  heldEqual: routeHeldEqual,
  teaches: 'The least that a request through gateway, broker, service and database costs: one row by its key.',
  run: (lab) =>
    compareRoute(lab, {
      path: ({ user }) => `/api/profiles/${user(userId).username}`,
      firstParams: ({ user }) => ({ user: user(userId).username }),
    }),
}
