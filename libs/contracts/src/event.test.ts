import { expect, test } from '@jest/globals'
import { articleUpdated, conduitEvents, userFollowed, userUnfollowed } from './conduit/events.js'

test('an event tells the aggregate in whose order it stands', () => {
  expect(userFollowed.aggregateOf({ followerId: 3, followeeId: 12 })).toBe('follow:3:12')
  expect(userFollowed.aggregateOf({ followerId: 3, followeeId: 12 })).toBe(
    userUnfollowed.aggregateOf({ followerId: 3, followeeId: 12 }),
  )
  const change = { articleId: 7, authorId: 1, slug: 'a-7', version: 2 }
  expect(articleUpdated.aggregateOf(change)).toBe('article:7')
})

test('the eleven events of the domain have subjects of their own', () => {
  expect(conduitEvents.map(({ subject }) => subject).toSorted()).toEqual(
    [
      'user.registered user.updated user.followed user.unfollowed',
      'article.published article.updated article.deleted article.favorited article.unfavorited',
      'comment.added comment.deleted',
    ]
      .flatMap((names) => names.split(' '))
      .map((name) => `events.${name}`)
      .toSorted(),
  )
})
