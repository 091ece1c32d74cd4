// nginx and haproxy: one worker, one thread, a sane configuration, and variants of it for some scenarios.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender, Place } from './contender.ts'
import { absent, findProgram } from './programs.ts'
import { fillFile } from './template.ts'

export type Variant = 'plain' | 'large-buffers' | 'access-log' | 'tls'

/** Clients of the largest scenario, and some to spare. */
const CONNECTIONS = 12_000

const NGINX_LARGE_BUFFERS =
  'proxy_buffer_size 16k; proxy_buffers 16 64k; proxy_busy_buffers_size 256k; proxy_max_temp_file_size 0;'

function rowName(program: string, variant: Variant): string {
  return variant === 'plain' ? program : `${program}-${variant}`
}

function nginxConfiguration({ folder, port, upstreams, certificate, key }: Place, variant: Variant): string {
  const tls = variant === 'tls'
  return fillFile('nginx.conf', {
    folder,
    port: String(port),
    connections: String(2 * CONNECTIONS),
    // Started by root, the worker would become nobody, who cannot write into the folder.
    user: process.getuid?.() === 0 ? 'user root;' : '',
    accessLog:
      variant === 'access-log' ? `access_log ${folder}/access.log combined buffer=64k flush=1s;` : 'access_log off;',
    servers: upstreams.map((upstream) => `server 127.0.0.1:${upstream};`).join(' '),
    buffers: variant === 'large-buffers' ? NGINX_LARGE_BUFFERS : '',
    tls: tls ? ' ssl' : '',
    certificate: tls ? `ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.3;` : '',
  })
}

export function nginx(variant: Variant = 'plain'): Contender {
  return {
    name: rowName('nginx', variant),
    role: 'peer',
    tls: variant === 'tls',
    prepare: (place) => {
      const program = findProgram('nginx')
      if (program === null) return absent('nginx')
      const file = join(place.folder, 'nginx.conf')
      writeFileSync(file, nginxConfiguration(place, variant))
      return { command: [program, '-e', join(place.folder, 'error.log'), '-c', file] }
    },
  }
}

function haproxyConfiguration({ folder, port, upstreams, certificate, key }: Place, variant: Variant): string {
  const large = variant === 'large-buffers'
  const tls = variant === 'tls'
  const pem = join(folder, 'both.pem')
  if (tls) writeFileSync(pem, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 })
  return fillFile('haproxy.cfg', {
    port: String(port),
    connections: String(CONNECTIONS),
    buffers: large ? 'tune.bufsize 65536\n  maxpipes 500' : '',
    splice: large ? 'option splice-auto' : '',
    tls: tls ? ` ssl crt ${pem} ssl-min-ver TLSv1.3` : '',
    scheme: tls ? 'https' : 'http',
    servers: upstreams
      .map((upstream, index) => `server s${index} 127.0.0.1:${upstream} pool-max-conn 2048`)
      .join('\n  '),
  })
}

/** Its access log goes to a syslog server, which nothing here is: it has no variant `access-log`. */
export function haproxy(variant: Exclude<Variant, 'access-log'> = 'plain'): Contender {
  return {
    name: rowName('haproxy', variant),
    role: 'peer',
    tls: variant === 'tls',
    prepare: (place) => {
      const program = findProgram('haproxy')
      if (program === null) return absent('haproxy')
      const file = join(place.folder, 'haproxy.cfg')
      writeFileSync(file, haproxyConfiguration(place, variant))
      return { command: [program, '-f', file, '-db'] }
    },
  }
}
