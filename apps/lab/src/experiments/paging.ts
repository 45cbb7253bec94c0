import { feedContract, type ListArticles } from '@fastpath/contracts'
import { connect } from '@fastpath/messaging'
import { Call } from '@fastpath/timing'
import { askInTurn } from '../ask-in-turn.js'
import type { Experiment, Variant } from '../experiment.js'
import { interleave } from '../rounds.js'
import { type Stack, startStack } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'

export const paging: Experiment = {
  name: 'paging',
  summary: 'A page deep in 100,000 articles: by cursor and by offset, beside the first page.',
  heldEqual:
    'the feed service as it runs in production, its real statements, 20 articles a page, one call at a time from another process; ' +
    'every answer is checked, and cursor and offset give the same articles.',
  teaches:
    'An offset reads and throws away every row before the page; a cursor goes to its place through the index, ' +
    'and a deep page costs what the first one costs. Hand out cursors, and keep offsets for those who insist.',

  async run(lab) {
    const articles = lab.quick ? 20_000 : 100_000
    const stack = await startStack(lab, {
      articles,
      favorites: articles,
      comments: 1_000,
      follows: 1_000,
      services: ['feed'],
    })
    const bus = lab.own(await connect({ url: stack.natsUrl, name: 'lab' }))
    const { listArticles } = bus.client(feedContract)
    const variant = (name: string, skipped: number, input: ListArticles): Variant =>
      variantOf(name, { ask: listArticles, input, firstId: articles - skipped })
    const [middle, end] = [articles / 2, articles - 100]

    const rounds = await interleave(
      [
        variant('first page', 0, { limit: 20, offset: 0 }),
        variant(`cursor at ${middle}`, middle, { limit: 20, offset: 0, after: positionAt(stack, middle) }),
        variant(`cursor at ${end}`, end, { limit: 20, offset: 0, after: positionAt(stack, end) }),
        variant(`offset ${middle}`, middle, { limit: 20, offset: middle }),
        variant(`offset ${end}`, end, { limit: 20, offset: end }),
      ],
      lab.quick ? { rounds: 2, roundMs: 200, warmupMs: 400 } : { rounds: 9, roundMs: 1_000, warmupMs: 2_000 },
    )
    tellRounds(lab, `${articles} articles`, {
      rounds,
      columns: [
        { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
        { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
        { figure: 'rps', title: 'calls/s' },
      ],
    })
    const toFirst = (name: string) => rounds.ratio(name, 'first page', 'p50Ms')
    const ratios = {
      'deep-to-first': toFirst(`cursor at ${middle}`),
      'deep-to-first-at-end': toFirst(`cursor at ${end}`),
      'offset-to-first': toFirst(`offset ${middle}`),
      'offset-to-first-at-end': toFirst(`offset ${end}`),
    }
    tellRatios(lab, ratios)
    const figures = Object.entries(ratios).map(([name, { median }]) => [name, median] as const)
    return { ...Object.fromEntries(figures), 'first-p50-ms': rounds.spread('first page', 'p50Ms').median }
  },
}

/** The position of the last article that `skipped` newer ones leave behind: what the page before told as its end. */
const positionAt = ({ dataset }: Stack, skipped: number) => {
  const id = dataset.size.articles - skipped + 1
  return { id, createdAt: dataset.createdAt(id).getTime() }
}

interface Paged {
  readonly ask: (call: Call, input: ListArticles) => Promise<{ articles: readonly { readonly id: number }[] }>
  readonly input: ListArticles
  /** Ids count down from here. */
  readonly firstId: number
}

const variantOf = (name: string, { ask, input, firstId }: Paged): Variant => ({
  name,
  round: (ms) =>
    askInTurn(
      ms,
      () => ask(new Call({ timeoutMs: 5_000 }), input),
      ({ articles }) => {
        if (articles.length !== 20 || articles.some(({ id }, i) => id !== firstId - i)) {
          throw new Error(`${name}: these are not the articles of that page`)
        }
      },
    ),
})
