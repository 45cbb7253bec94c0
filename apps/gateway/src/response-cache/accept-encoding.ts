/** How a body may be sent, best first where a client takes several equally well. */
export const codings = ['br', 'gzip', 'identity'] as const
export type Coding = (typeof codings)[number]

/**
 * The coding that a client likes best of those that there are (RFC 9110 §12.5.3: weights, `*`, `identity;q=0`). Without
 * the header as it is. Who refuses even that gets gzip or, refusing it too, what there is: read or not, it costs less than an argument.
 *
 * @example preferredCoding('gzip;q=0.5, br', ['gzip', 'identity']) // 'gzip'
 */
export const preferredCoding = (header: string | undefined, available: readonly Coding[]): Coding => {
  if (header === undefined || header === '') return 'identity'
  const weights = weightsOf(header)
  let best: Coding | undefined
  for (const coding of available) {
    if (weights[coding] > 0 && (best === undefined || weights[coding] > weights[best])) best = coding
  }
  return best ?? refusal(weights)
}

/** Where nothing that there is will do. */
const refusal = (weights: Weights): Coding => codings.find((coding) => weights[coding] > 0) ?? weights.otherwise

type Weights = Readonly<Record<Coding, number>> & { readonly otherwise: Coding }

/** Browsers send a handful of different ones, so the latest are remembered. */
const known = new Map<string, Weights>()
const maxKnown = 200

const weightsOf = (header: string): Weights => {
  const before = known.get(header)
  if (before) return before
  const weights = parse(header)
  if (known.size >= maxKnown) known.clear()
  if (header.length <= 200) known.set(header, weights)
  return weights
}

const parse = (header: string): Weights => {
  const named = new Map<string, number>()
  for (const part of header.toLowerCase().split(',', 32)) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim())
    const q = parameters.find((parameter) => /^q\s*=/.test(parameter))
    const weight = q === undefined ? 1 : Number(q.slice(q.indexOf('=') + 1))
    // The first of two wins, and a weight that can't be read is none.
    if (name !== '' && !named.has(name)) named.set(name, weight >= 0 && weight <= 1 ? weight : 0)
  }
  const any = named.get('*')
  const br = named.get('br') ?? any ?? 0
  const gzip = named.get('gzip') ?? named.get('x-gzip') ?? any ?? 0
  // As it is, it is taken by everybody who does not say otherwise, though only after what was asked for.
  const identity = named.get('identity') ?? any ?? leastWeight
  const refusesAsIs = identity === 0 && named.get('gzip') === undefined
  return { br, gzip, identity, otherwise: refusesAsIs && any === undefined ? 'gzip' : 'identity' }
}

const leastWeight = 0.0001
