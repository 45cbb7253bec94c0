import type { Field, RecordShape, Shape } from './schema-shape.js'

/**
 * A layout as lines of text, one a field, in the order of the wire and indented by depth:
 * `articles: record[]`, `  slug: string`, `  bio?: string | null`. The first line is the type of the whole.
 */
export const describe = (shape: Shape): readonly string[] => [typeText(shape), ...fieldLines(shape, '  ')]

/** The same lines with the fields only that other versions rely on: all but the optional ones at a record's end. */
export const describeRequired = (shape: Shape): readonly string[] => describe(requiredPart(shape))

const fieldLines = (shape: Shape, indent: string): string[] =>
  (recordIn(shape)?.fields ?? []).flatMap((field) => [
    `${indent}${nameText(field)}: ${typeText(field.shape)}`,
    ...fieldLines(field.shape, `${indent}  `),
  ])

const recordIn = (shape: Shape): RecordShape | undefined =>
  shape.kind === 'list' ? recordIn(shape.items) : shape.kind === 'record' ? shape : undefined

const nameText = ({ name, optional }: Field) =>
  `${/^[\w$]+$/.test(name) ? name : JSON.stringify(name)}${optional ? '?' : ''}`

const typeText = (shape: Shape): string => `${bareType(shape)}${shape.nullable ? ' | null' : ''}`

const bareType = (shape: Shape): string => {
  if (shape.kind === 'list') return isUnion(shape.items) ? `(${typeText(shape.items)})[]` : `${typeText(shape.items)}[]`
  return (
    choicesOf(shape)
      ?.map((value) => JSON.stringify(value))
      .join(' | ') ?? shape.kind
  )
}

const isUnion = (shape: Shape) => shape.nullable || (choicesOf(shape)?.length ?? 0) > 1

const choicesOf = (shape: Shape) => (shape.kind === 'string' ? shape.allowed : undefined)

const requiredPart = (shape: Shape): Shape => {
  if (shape.kind === 'list') return { ...shape, items: requiredPart(shape.items) }
  if (shape.kind !== 'record') return shape
  // An optional field in front of a required one stays: it decides where the required one stands.
  const end = shape.fields.findLastIndex((field) => !field.optional) + 1
  const fields = shape.fields.slice(0, end).map((field) => ({ ...field, shape: requiredPart(field.shape) }))
  return { ...shape, fields }
}
