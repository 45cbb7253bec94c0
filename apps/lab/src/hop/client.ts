import { feedContract } from '@fastpath/contracts'
import { connect } from '@fastpath/messaging'
import { Call } from '@fastpath/timing'
import type { Way } from './ways.js'

const contract = { listArticles: feedContract.listArticles }

/** Ours: the typed client with its deadlines, traces, metrics and limits, as the services use it. */
export const clientWay: Way = {
  async serve({ natsUrl, answer }) {
    const bus = await connect({ url: natsUrl, name: 'lab-service' })
    bus.serve(contract, { listArticles: (_call, input) => answer(input) })
    await bus.ping()
    return ''
  },
  async open({ natsUrl }) {
    const bus = await connect({ url: natsUrl, name: 'lab-caller' })
    const { listArticles } = bus.client(contract)
    return { ask: (input) => listArticles(new Call({ timeoutMs: 2_000 }), input), close: bus.close }
  },
}
