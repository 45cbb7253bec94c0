import type { Static, TObject, TSchema } from 'typebox'
import { compileJsonWriter } from './json-writer.js'

/** The text of a value around its holes: one piece more than there are holes. */
export type JsonFragment = readonly string[]

/** A value that stands for itself in a text because it has been written already. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** The text of some values of one shape, written without what differs from one use to the next: the holes. */
export interface JsonFragments<T, Fillings extends readonly unknown[]> {
  /** Writes a value; what it has in its holes is of no account. To be kept. */
  cut(value: T): JsonFragment
  /**
   * The text of the whole value, with the values of the holes in the order in which they were declared.
   * @throws where one is missing.
   */
  fill(fragment: JsonFragment, fillings: Fillings): string
}

type ValueAt<T, Path> = Path extends `${infer Key}.${infer Rest}` ? ValueAt<T[Key & keyof T], Rest> : T[Path & keyof T]

/**
 * Compiles a writer that does the costly part of writing once. What `fill` gives is to the byte what `compileJsonWriter`
 * writes of the whole value: where the holes are is read out of what that writer does, and never said a second time.
 *
 * @param holes paths of required fields, as `favorited` or `author.following`.
 * @throws for a hole that the shape does not always have.
 * @example
 * const articles = compileJsonFragments(ListedArticle, ['favorited', 'author.following'])
 * const kept = articles.cut(article)
 * articles.fill(kept, [true, false])
 */
export const compileJsonFragments = <S extends TObject, const Holes extends readonly string[]>(
  schema: S,
  holes: Holes,
): JsonFragments<Static<S>, { readonly [I in keyof Holes]: ValueAt<Static<S>, Holes[I]> | JsonText }> => {
  const paths = holes.map((hole) => hole.split('.'))
  const marks: Marks = new Map(paths.map((path, i) => [path, markOf(i)]))
  const write = compileWriter(paths.reduce(withHole, schema as Shape))
  const order = orderOf(schema as Shape, marks)
  const writers = order.map((hole) => compileWriter(paths[hole]?.reduce(fieldOf, schema as Shape) as Shape))

  return {
    cut(value) {
      const pieces = write(markHoles(value, marks)).split(anyMark)
      if (pieces.length !== holes.length + 1)
        throw new Error(`${pieces.length - 1} holes were cut where ${holes.length} were declared`)
      return pieces
    },
    fill(fragment, fillings) {
      let text = fragment[0] as string
      for (let i = 0; i < order.length; i++) {
        const filling = fillings[order[i] as number]
        if (filling === undefined) throw new Error(`"${holes[order[i] as number]}" is required`)
        text += (filling instanceof JsonText ? filling.text : (writers[i] as Writer)(filling)) + fragment[i + 1]
      }
      return text
    },
  }
}

type Writer = (value: unknown) => string
interface Shape extends TSchema {
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
}
type Path = readonly string[]
/** What stands in each hole while the rest is written. */
type Marks = ReadonlyMap<Path, string>

/** No other text has it: JSON escapes control characters. */
const markOf = (hole: number): string => `\u0000${hole}\u0000`
const anyMark = /"\u0000\d+\u0000"/
/** fast-json-stringify's format for what it is to write as it is. */
const hole: Shape = { type: 'string', format: 'unsafe' }

const compileWriter = (shape: Shape) => compileJsonWriter(shape) as Writer

/** In which order the holes come in the text: that of the same shape without all else. */
const orderOf = (shape: Shape, marks: Marks): number[] => {
  const text = compileWriter(onlyHoles(shape, [...marks.keys()]))(markHoles({}, marks))
  const order = [...text.matchAll(new RegExp(anyMark, 'g'))].map(([mark]) => Number(mark.slice(2, -2)))
  if (order.length !== marks.size) throw new Error("holes can't lie in one another")
  return order
}

const onlyHoles = (shape: Shape, paths: readonly Path[]): Shape => {
  if (paths.some((path) => path.length === 0)) return hole
  const required = Object.keys(shape.properties ?? {}).filter((key) => paths.some(([first]) => first === key))
  const inner = (key: string) => paths.filter(([first]) => first === key).map((path) => path.slice(1))
  const properties = required.map((key) => [key, onlyHoles(fieldOf(shape, key), inner(key))])
  return { type: 'object', required, properties: Object.fromEntries(properties) }
}

const withHole = (shape: Shape, [key = '', ...rest]: Path): Shape => {
  const field = fieldOf(shape, key)
  return { ...shape, properties: { ...shape.properties, [key]: rest.length > 0 ? withHole(field, rest) : hole } }
}

const markHoles = (value: unknown, marks: Marks): unknown =>
  [...marks].reduce((marked, [path, mark]) => put(marked, path, mark), value)

const put = (value: unknown, [key, ...rest]: Path, filling: string): unknown => {
  if (key === undefined) return filling
  const object = value as Readonly<Record<string, unknown>> | undefined
  return { ...object, [key]: put(object?.[key], rest, filling) }
}

const fieldOf = (shape: Shape, key: string): Shape => {
  const field = shape.properties?.[key]
  if (shape.type !== 'object' || !field || !shape.required?.includes(key))
    throw new Error(`there can't be a hole at "${key}": it is no field that is always there`)
  return field
}
