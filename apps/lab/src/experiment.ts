/** One way of doing the work that an experiment compares. */
export interface Variant {
  readonly name: string
  /**
   * Works for about `ms` milliseconds and gives its figures of that round: `rps`, `p50Ms`, `cpuUs`, …
   * Throws when an answer is wrong: a fast wrong answer is no result.
   */
  readonly round: (ms: number) => Promise<Readonly<Record<string, number>>>
}

/** What an experiment is given. */
export interface Lab {
  /** Fewer and shorter rounds: to see that it works, not to quote. */
  readonly quick: boolean
  readonly say: (line: string) => void
  /** Closed in reverse order when the experiment ends, whether it succeeds or not. */
  readonly own: <T extends { close(): Promise<unknown> | unknown }>(resource: T) => T
}

export interface Experiment {
  readonly name: string
  /** One sentence, for the list. */
  readonly summary: string
  /** What is the same for all variants. */
  readonly heldEqual: string
  /** What its result means to someone who builds an API. */
  readonly teaches: string
  /** Tells its tables through `lab.say` and gives its named numbers. */
  readonly run: (lab: Lab) => Promise<Readonly<Record<string, number>>>
}
