import type { feedContract, InputOf, OutputOf } from '@fastpath/contracts'

export type PageInput = InputOf<(typeof feedContract)['listArticles']>
export type Page = OutputOf<(typeof feedContract)['listArticles']>

/** The ways from the gateway to a service that are compared. */
export type WayName = 'client' | 'request' | 'http'

/** The callee's side: answers each question with the page that it is given, and tells where it can be asked. */
export type Serve = (options: {
  readonly natsUrl: string
  readonly answer: (input: PageInput) => Page
}) => Promise<string>

/** The caller's side: one function that asks once. `inFlight` is how many ask at a time. */
export type Open = (options: {
  readonly address: string
  readonly natsUrl: string
  readonly inFlight: number
}) => Promise<{ ask(input: PageInput): Promise<Page>; close(): Promise<unknown> }>

export interface Way {
  readonly serve: Serve
  readonly open: Open
}
