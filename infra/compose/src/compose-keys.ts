const text = { type: 'string' }
const texts = { type: 'array', items: text }
const map = { type: 'object', additionalProperties: text }
const flag = { type: 'boolean' }
const duration = { type: 'string', pattern: '^(\\d+(\\.\\d+)?(us|ms|s|m|h))+$' }
const size = { type: 'string', pattern: '^\\d+(\\.\\d+)?([bkmgBKMG]|[kmgKMG][bB])$' }
const only = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const each = (value: object) => ({
  type: 'object',
  patternProperties: { '^[a-zA-Z0-9._-]+$': value },
  additionalProperties: false,
})

const service = {
  ...only(
    {
      build: only({ context: text, dockerfile: text, target: text, args: map }, ['context']),
      cap_add: texts,
      cap_drop: texts,
      command: { anyOf: [text, texts] },
      depends_on: each(
        only(
          {
            condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] },
            required: flag,
            restart: flag,
          },
          ['condition'],
        ),
      ),
      deploy: only({
        replicas: { type: 'integer' },
        resources: only({ limits: only({ cpus: text, memory: size, pids: { type: 'integer' } }) }),
      }),
      entrypoint: { anyOf: [text, texts] },
      // The specification takes numbers too; so written, `yes` and `0123` are what they look like.
      environment: map,
      healthcheck: only({
        test: { type: 'array', items: text, minItems: 2 },
        interval: duration,
        timeout: duration,
        start_period: duration,
        start_interval: duration,
        retries: { type: 'integer' },
      }),
      image: { type: 'string', pattern: ':[^:]*\\d[^:]*$' },
      init: flag,
      logging: only({ driver: text, options: map }),
      networks: texts,
      ports: texts,
      profiles: texts,
      read_only: flag,
      restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
      secrets: texts,
      security_opt: texts,
      shm_size: size,
      stop_grace_period: duration,
      stop_signal: text,
      tmpfs: texts,
      user: text,
      volumes: texts,
    },
    ['image'],
  ),
}

/**
 * The keys of the Compose Specification (https://github.com/compose-spec/compose-spec/blob/main/spec.md) that our file
 * uses or is likely to, in their strictest form, as a JSON schema. It has less than the specification: a key that is
 * missing here is looked up there, and added.
 */
export const composeKeys = {
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: each(service),
    networks: each(
      only({ internal: flag, driver: text, ipam: only({ config: { type: 'array', items: only({ subnet: text }) } }) }),
    ),
    volumes: each(only({ driver: text, external: flag, name: text })),
    secrets: each(only({ file: text, environment: text, external: flag })),
  },
  patternProperties: { '^x-': {} },
  required: ['services'],
  additionalProperties: false,
}
