export type { Client } from './client.js'
export { type Bus, type BusOptions, connect } from './connect.js'
export type { Handlers, ServeOptions, Service } from './serve.js'
