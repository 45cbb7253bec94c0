import type { Express } from 'express'
import { readPublic, sendPublic } from './public-file.js'

const assets = [
  ['front-door.css', 'text/css; charset=utf-8'],
  ['front-door.js', 'text/javascript; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
] as const

/** `GET /`: what this is, where everything stands, and a look at one answer's `Server-Timing`. */
export const addFrontDoor = (app: Express, adminPageUrl = ''): void => {
  const page = readPublic('index.html').replace('<!-- admin -->', () => adminOf(adminPageUrl))
  app.get('/', sendPublic('text/html; charset=utf-8', page))
  for (const [name, type] of assets) app.get(`/assets/${name}`, sendPublic(type, readPublic(name)))
}

const adminOf = (url: string): string =>
  url === ''
    ? 'Admin pages: on a listener of their own, whose address the start tells'
    : `<a href="${escaped(url)}">Admin pages</a>: health, metrics and latencies of every service`

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
