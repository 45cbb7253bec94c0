import Type from 'typebox'
import { Nullable, Text } from '../../schema.js'

/** What clients send: path and query parameters, and bodies with their limits. */

/** How many articles a page has at the most: a higher `limit` is taken as this. */
export const maxPageSize = 100

export const Paging = {
  offset: Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 0, description: 'How many to skip.' }),
  limit: Type.Integer({
    minimum: 1,
    default: 20,
    description: `How many to return; above ${maxPageSize} taken as ${maxPageSize}.`,
  }),
  cursor: Type.Optional(
    Type.String({
      pattern: '^[0-9a-z]{1,9}-[0-9a-z]{1,6}$',
      description:
        'Where the page before ended, as its `Link: …; rel="next"` says. Deep pages cost no more than the first.',
    }),
  ),
}

/** A name or slug in a URL. PostgreSQL's text can't hold NUL, so there is no such name. */
export const Name = (description: string) => Type.String({ maxLength: 255, pattern: '^[^\\u0000]*$', description })
export const SlugParams = Type.Object({ slug: Name('Slug of the article.') })
export const UsernameParams = Type.Object({ username: Name('Username of the profile.') })

/** Something other than white space is in it. */
const Filled = (maxLength: number) => Text({ minLength: 1, maxLength, pattern: '\\S' })

/** Neither begins nor ends with white space, and holds no line break or other control character. */
const Username = Text({ minLength: 1, maxLength: 64, pattern: '^(?!\\s)[^\\u0000-\\u001f\\u007f]*(?<!\\s)$' })
/** The shape alone: whether it takes mail is found out by sending some. */
const Email = Text({ minLength: 1, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' })
const NewPassword = Text({ minLength: 8, maxLength: 256 })
const Bio = Nullable(Text({ maxLength: 4_000 }))
const Image = Nullable(Text({ maxLength: 2_000 }))

const TagList = Type.Array(Text({ maxLength: 40 }), {
  maxItems: 20,
  description: 'Trimmed; empty ones and repetitions are dropped.',
})
const written = { title: Filled(255), description: Filled(1_000), body: Filled(65_536) }

export const NewUserRequest = Type.Object({
  user: Type.Object({ username: Username, email: Email, password: NewPassword }, { title: 'NewUser' }),
})
export const LoginUserRequest = Type.Object({
  user: Type.Object(
    { email: Text({ minLength: 1, maxLength: 254 }), password: Text({ minLength: 1, maxLength: 256 }) },
    { title: 'LoginUser' },
  ),
})
export const UpdateUserRequest = Type.Object({
  user: Type.Partial(Type.Object({ username: Username, email: Email, password: NewPassword, bio: Bio, image: Image }), {
    title: 'UpdateUser',
    description: 'What is absent stays as it is; `bio` and `image` take `null`.',
  }),
})
export const NewArticleRequest = Type.Object({
  article: Type.Object({ ...written, tagList: Type.Optional(TagList) }, { title: 'NewArticle' }),
})
export const UpdateArticleRequest = Type.Object({
  article: Type.Partial(Type.Object({ ...written, tagList: TagList }), {
    title: 'UpdateArticle',
    description: 'What is absent stays as it is; `tagList: []` removes the tags.',
  }),
})
export const NewCommentRequest = Type.Object({
  comment: Type.Object({ body: Filled(10_000) }, { title: 'NewComment' }),
})
