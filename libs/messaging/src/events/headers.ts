/** What a message says of its event beside the data. */
export const eventHeaders = {
  /** JetStream's own: what comes twice within two minutes is kept once. */
  messageId: 'Nats-Msg-Id',
  id: 'Fastpath-Event',
  aggregate: 'Fastpath-Aggregate',
  version: 'Fastpath-Version',
  happenedAt: 'Fastpath-At',
  traceparent: 'traceparent',
  /** Of a letter that is tried again, and of a dead one: the only consumer that it is for. */
  consumer: 'Fastpath-Consumer',
  /** Of a dead letter. */
  subject: 'Fastpath-Subject',
  history: 'Fastpath-History',
  diedAt: 'Fastpath-Died-At',
} as const
