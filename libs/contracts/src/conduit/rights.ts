import type { Rights } from '../rights.js'
import * as events from './events.js'
import { feedContract } from './feed.js'
import { userContract } from './user.js'

// Addresses are for who sends mail, never for the edge.
const { getContacts, ...forTheEdge } = userContract

/** Who says and hears what, by the name of its user at the broker. */
export const conduitRights = {
  gateway: {
    calls: [...Object.values(feedContract), ...Object.values(forTheEdge)],
    invalidations: 'hears',
    // The net below the invalidations.
    follows: events.conduitEvents,
    asksForLatency: true,
  },
  feed: {
    serves: feedContract,
    emits: [
      events.articlePublished,
      events.articleUpdated,
      events.articleDeleted,
      events.articleFavorited,
      events.articleUnfavorited,
      events.commentAdded,
      events.commentDeleted,
    ],
    invalidations: 'tells',
  },
  user: {
    serves: userContract,
    emits: [events.userRegistered, events.userUpdated, events.userFollowed, events.userUnfollowed],
    invalidations: 'tells',
  },
  mailer: {
    calls: [getContacts],
    consumes: {
      welcome: events.userRegistered,
      'new-follower': events.userFollowed,
      'new-comment': events.commentAdded,
    },
  },
  operator: { operates: events.conduitEvents },
} as const satisfies Readonly<Record<string, Rights>>
