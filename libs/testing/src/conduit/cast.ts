import { beforeAll } from '@jest/globals'
import { type Answer, type ConduitClient, type Person, registerPerson } from './client.js'

/** Who takes part: two people with an account, of whom Ann writes. */
export interface Cast {
  readonly client: ConduitClient
  readonly ann: Person
  readonly ben: Person
  /** Ann's next article. */
  write(title: string, tagList?: string[]): Promise<Answer>
}

/** Registers the cast before the tests of a suite; its members may be read inside of tests only. */
export const castOf = (client: ConduitClient): Cast => {
  let ann: Person | undefined
  let ben: Person | undefined
  beforeAll(async () => {
    ann = await registerPerson(client, 'ann')
    ben = await registerPerson(client, 'ben')
  })
  const present = (person: Person | undefined): Person => {
    if (!person) throw new Error('the cast is there once the tests run')
    return person
  }
  return {
    client,
    get ann() {
      return present(ann)
    },
    get ben() {
      return present(ben)
    },
    write(title, tagList) {
      const article = { title, description: 'About it', body: 'All of it', ...(tagList && { tagList }) }
      return client.post('/api/articles', { token: present(ann).token, json: { article } })
    },
  }
}
