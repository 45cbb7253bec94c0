import { Decoder, Encoder } from '@msgpack/msgpack'
import { connect } from 'nats'
import type { Page, PageInput, Way } from './ways.js'

const encoder = new Encoder()
const decoder = new Decoder()
const subject = 'lab.listArticles'

/** NATS and MessagePack as their manuals show them: `request()`, `respond()`, objects as maps. */
export const requestWay: Way = {
  async serve({ natsUrl, answer }) {
    const connection = await connect({ servers: natsUrl })
    connection.subscribe(subject, {
      queue: 'lab',
      callback: (_error, message) => {
        message.respond(encoder.encode(answer(decoder.decode(message.data) as PageInput)))
      },
    })
    await connection.flush()
    return ''
  },
  async open({ natsUrl }) {
    const connection = await connect({ servers: natsUrl })
    return {
      async ask(input) {
        const message = await connection.request(subject, encoder.encode(input), { timeout: 2_000 })
        return decoder.decode(message.data) as Page
      },
      close: () => connection.close(),
    }
  },
}
