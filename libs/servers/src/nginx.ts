import { accessSync } from 'node:fs'
import { ask } from './ask.js'
import { foldersWith, usualFolders } from './find-binary.js'
import { missing } from './find-programs.js'
import { freePort } from './free-port.js'
import { fillIn, infraFile, writeStep } from './infra-file.js'
import type { InstalledKind } from './kind.js'
import type { Server, ServerOptions } from './server.js'
import type { ServerError } from './server-error.js'
import { startServer } from './start-server.js'
import { unprivilegedUser } from './user.js'

export interface NginxOptions extends ServerOptions {
  /** `host:port` of each gateway behind it. */
  readonly gateways: readonly string[]
}

/**
 * Starts nginx with `infra/nginx/nginx.conf`, in which only paths and addresses are filled in, and with a certificate of
 * its own making, `data/certificate.pem` in its folder. Never installed unasked. Rejects with a ServerError.
 */
export const startNginx = (options: NginxOptions): Promise<Server> => startServer(nginx(options.gateways), options)

/** How to come by it where it is not there, or not with its brotli module. */
export const nginxMissing = (path = process.env.PATH, folders = usualFolders): ServerError | undefined => {
  const isThere = foldersWith(['nginx'], path, folders).length > 0 && modules() !== undefined
  return isThere ? undefined : missing(nginx([]), ' with its brotli module')
}

const brotli = 'ngx_http_brotli_filter_module.so'
const moduleFolders = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/share/nginx/modules']

const modules = (): string | undefined =>
  moduleFolders.find((folder) => {
    try {
      accessSync(`${folder}/${brotli}`)
      return true
    } catch {
      return false
    }
  })

const nginx = (gateways: readonly string[]): InstalledKind => ({
  name: 'nginx',
  title: 'nginx',
  programs: ['nginx'],
  packages: {
    apt: 'nginx libnginx-mod-http-brotli-filter openssl',
    dnf: 'nginx nginx-mod-brotli openssl',
    apk: 'nginx nginx-mod-http-brotli openssl',
    brew: null,
  },
  npm: null,
  urlAt: (port) => `https://127.0.0.1:${port}`,
  // Workers of a root's master could not enter the folder.
  user: unprivilegedUser,
  stopSignal: 'TERM',
  pidFile: 'data/nginx.pid',
  readyLine: /start worker process \d/,
  async commands({ programs, folder, port }) {
    const found = modules()
    if (!found) throw missing(nginx(gateways), ' with its brotli module')
    const conf = fillIn(infraFile('nginx/nginx.conf'), {
      EDGE_MODULES: found,
      EDGE_RUN: `${folder}/data`,
      EDGE_ACCESS_LOG: '/dev/null',
      EDGE_GATEWAYS: gateways.map((gateway) => `server ${gateway} max_fails=0;`).join(' '),
      EDGE_CERTIFICATE: `${folder}/data/certificate.pem`,
      EDGE_KEY: `${folder}/data/key.pem`,
      EDGE_HTTP: `127.0.0.1:${await freePort()}`,
      EDGE_HTTPS: `127.0.0.1:${port}`,
    })
    return {
      prepare: [
        ['mkdir', '-p', 'data'],
        ['sh', '-c', infraFile('nginx/make-certificate.sh'), 'sh', 'data'],
        writeStep('data/nginx.conf', conf),
      ],
      // At home in its folder, by which a later start tells it from others.
      serve: [
        'sh',
        '-c',
        `cd data && exec "$@"`,
        'sh',
        `${programs}/nginx`,
        '-p',
        `${folder}/data`,
        '-c',
        'nginx.conf',
        '-e',
        'stderr',
      ],
    }
  },
  // Its answer to plain HTTP on the port for TLS.
  probe: (url, timeoutMs) => ask({ url, defaultPort: 443, hello: 'GET / HTTP/1.0\r\n\r\n', timeoutMs, judge: isHttp }),
})

const isHttp = (answer: Buffer): true | undefined => {
  if (!'HTTP/1.1 400'.startsWith(answer.toString('latin1', 0, 12))) throw new Error('answers, but is not nginx')
  return answer.length >= 12 || undefined
}
