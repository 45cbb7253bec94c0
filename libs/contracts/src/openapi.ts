import type { TObject } from 'typebox'
import { type ErrorCode, errorTable } from './errors.js'
import type { Route } from './route.js'
import { ErrorReply } from './schema.js'

/** What may go wrong on every path: bad input, and a service that is away or late. */
const everywhere: readonly ErrorCode[] = ['INVALID', 'TOO_MANY_REQUESTS', 'UNAVAILABLE', 'DEADLINE_EXCEEDED']
const withBody: readonly ErrorCode[] = ['MALFORMED', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']

const errorsOf = ({ auth, body, errors }: Route): ErrorCode[] => [
  ...errors,
  ...(auth === 'none' ? [] : (['UNAUTHENTICATED'] as const)),
  ...(body ? withBody : []),
  ...everywhere,
]

/**
 * Derives an OpenAPI 3.1 document from the routes. Schemas with a `title` become shared components under it; two
 * different ones with the same title are an error.
 */
export const deriveOpenApi = (
  routes: readonly Route[],
  info: { title: string; version: string; description: string },
) => {
  const components = new Map<string, object>()
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][route.method] = describeRoute(route, components)
  }
  return {
    openapi: '3.1.0',
    info,
    paths,
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: {
        Token: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Authorization: Token jwt`' },
      },
    },
  }
}

const describeRoute = (route: Route, components: Map<string, object>) => ({
  operationId: route.id,
  summary: route.summary,
  tags: [route.tag],
  parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
  ...(route.body && {
    requestBody: { required: true, content: { 'application/json': { schema: refer(route.body, components) } } },
  }),
  responses: {
    [route.status]: {
      description: 'OK',
      ...(route.reply && { content: { 'application/json': { schema: refer(route.reply, components) } } }),
    },
    ...Object.fromEntries(errorsOf(route).map((code) => errorResponse(code, components))),
  },
  ...(route.auth === 'required' && { security: [{ Token: [] }] }),
  ...(route.auth === 'optional' && { security: [{}, { Token: [] }] }),
  'x-latency-budget': route.budgetMs,
})

const parameters = (place: 'path' | 'query', schema: TObject | undefined) => {
  const required: readonly string[] = schema?.required ?? []
  return Object.entries(schema?.properties ?? {}).map(([name, field]) => {
    const { description, ...rest } = field as { description?: string }
    return {
      name,
      in: place,
      required: place === 'path' || (required.includes(name) && !('default' in rest)),
      ...(description !== undefined && { description }),
      schema: rest,
    }
  })
}

const errorResponse = (code: ErrorCode, components: Map<string, object>): [number, object] => {
  const { status, subject, says } = errorTable[code]
  const content = { schema: refer(ErrorReply, components), example: { errors: { [subject]: [says] } } }
  return [status, { description: `${subject} ${says}`, content: { 'application/json': content } }]
}

/** The schema with every titled part moved into the components and referred to. */
const refer = (schema: object, components: Map<string, object>): object => {
  if (Array.isArray(schema)) return schema
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      const fields = Object.entries(value as Record<string, object>)
      copy[key] = Object.fromEntries(fields.map(([name, field]) => [name, refer(field, components)]))
    } else copy[key] = key === 'items' || key === 'additionalProperties' ? referIfSchema(value, components) : value
  }
  const title = copy.title
  if (typeof title !== 'string') return copy
  const known = components.get(title)
  if (known && JSON.stringify(known) !== JSON.stringify(copy)) throw new Error(`two schemas are called ${title}`)
  components.set(title, copy)
  return { $ref: `#/components/schemas/${title}` }
}

const referIfSchema = (value: unknown, components: Map<string, object>): unknown =>
  typeof value === 'object' && value !== null ? refer(value, components) : value
