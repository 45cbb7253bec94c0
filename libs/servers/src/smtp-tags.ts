/** An answer that is not 250. */
export interface Refusal {
  readonly responseCode: number
  readonly message: string
}

/**
 * Recipients that the sink refuses, by the tag in their address, for tests of what a sender does then:
 *
 * - `anyone+bounce@…`: 550, there is no such mailbox; for good
 * - `anyone+full@…`: 552 after the whole mail; for good
 * - `anyone+busy@…`: 451, each time
 * - `anyone+greylisted@…`: 451 the first time, then accepted
 */
export const createRefusals = () => {
  const seen = new Set<string>()

  return {
    ofRecipient(address: string): Refusal | undefined {
      if (has(address, 'bounce')) return { responseCode: 550, message: '5.1.1 no such mailbox' }
      if (has(address, 'busy')) return { responseCode: 451, message: '4.3.2 try again later' }
      if (!has(address, 'greylisted') || seen.has(address)) return undefined
      // Bounded: whoever is forgotten is only asked to come once more.
      if (seen.size >= 1_000) seen.clear()
      seen.add(address)
      return { responseCode: 451, message: '4.7.1 greylisted, try again' }
    },
    ofMail(recipients: readonly string[]): Refusal | undefined {
      return recipients.some((address) => has(address, 'full'))
        ? { responseCode: 552, message: '5.2.2 mailbox full' }
        : undefined
    },
  }
}

/** Milliseconds that a mail is answered late for `anyone+late300@…`, when it is on disk; 0 for others. */
export const lateMsOf = (recipients: readonly string[]): number =>
  Math.max(0, ...recipients.map((address) => Number(/\+late(\d{1,5})@/.exec(address)?.[1] ?? 0)))

const has = (address: string, tag: string): boolean => address.includes(`+${tag}@`)
