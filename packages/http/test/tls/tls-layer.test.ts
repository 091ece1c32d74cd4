import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { CertificateTable } from '../../src/tls/certificate-table.ts'
import { TlsLayer, type TlsLayerOptions } from '../../src/tls/tls-layer.ts'
import { createAuthority, selfSigned } from '../self-signed.ts'
import { listen, onCleanup, until } from '../sockets.ts'

const authority = createAuthority()
const tls = { certificates: [authority.issue(['one.test'])] }

async function start(onSecure: TlsLayerOptions['onSecure']): Promise<{ port: number; accepted: Set<Socket> }> {
  const layer = new TlsLayer({ tls, http2: false, onSecure })
  const accepted = new Set<Socket>()
  const server = createServer((socket) => {
    accepted.add(socket)
    socket.once('close', () => accepted.delete(socket))
    layer.add(socket)
  })
  return { port: await listen(server), accepted }
}

function dial(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({ port, host: '127.0.0.1', servername: 'one.test', ca: authority.ca, ...options })
  socket.on('error', () => {})
  onCleanup(() => {
    socket.destroy()
  })
  return socket
}

describe('nothing that goes wrong leaves the layer', () => {
  test('who takes the connection throws: it is closed and a warning says why', async () => {
    const warnings: Error[] = []
    const keep = (warning: Error): void => void warnings.push(warning)
    process.on('warning', keep)
    onCleanup(() => {
      process.off('warning', keep)
    })
    const { port, accepted } = await start(() => {
      throw new Error('not today')
    })
    const socket = dial(port)
    await once(socket, 'close')
    await until(() => warnings.length > 0 && accepted.size === 0)
    expect(warnings.map(({ message }) => message)).toEqual(['not today'])
  })

  test.each<[string, ConnectionOptions]>([
    ['a name of 255 bytes', { servername: `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}` }],
    ['a name that every object has', { servername: 'constructor' }],
    ['a name of one dot', { servername: '.' }],
    ['protocols that nobody speaks', { ALPNProtocols: ['\u0001', 'x'.repeat(200)] }],
    ['a cipher that is not offered', { ciphers: 'NULL-SHA256', maxVersion: 'TLSv1.2' }],
  ])('%s', async (_name, options) => {
    let secured = 0
    const { port, accepted } = await start((socket) => {
      secured++
      socket.end()
    })
    const weird = await new Promise<void>((resolve) => {
      try {
        dial(port, { rejectUnauthorized: false, ...options })
          .once('close', () => resolve())
          .resume()
      } catch {
        // Some are refused by our own client: then nothing was sent.
        resolve()
      }
    })
    expect(weird).toBeUndefined()
    const before = secured
    await once(dial(port).resume(), 'close')
    expect(secured).toBe(before + 1)
    await until(() => accepted.size === 0)
  })

  test('a ClientHello cut at every byte, then a reset', async () => {
    const hello = await new Promise<Buffer>((resolve) => {
      const server = createServer((socket) => socket.once('data', resolve).on('error', () => {}))
      void listen(server).then((port) => dial(port))
    })
    const { port, accepted } = await start((socket) => socket.end())
    for (let length = 0; length < hello.length; length += 7) {
      const socket = connectTcp(port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(hello.subarray(0, length), () => socket.resetAndDestroy())
      await once(socket, 'close')
    }
    await until(() => accepted.size === 0)
    await once(dial(port).resume(), 'close')
  })
})

describe('the table of certificates', () => {
  const table = new CertificateTable({
    certificates: [
      authority.issue(['one.test']),
      authority.issue(['*.wild.test', 'one.test']),
      selfSigned('Common.Test'),
    ],
  })

  test('names come from the certificate, lower case; the common name where it has no others', () => {
    expect(table.names).toEqual(['one.test', '*.wild.test', 'common.test'])
    expect(table.find('COMMON.test')).toBeDefined()
  })

  test('a wildcard stands for one label, not for none and not for two', () => {
    expect(table.find('a.wild.test')).toBeDefined()
    expect(table.find('wild.test')).toBeUndefined()
    expect(table.find('a.b.wild.test')).toBeUndefined()
    expect(table.find('.wild.test')).toBeUndefined()
    expect(table.find('*.wild.test')).toBeDefined()
  })

  test('of two certificates for one name the first counts', () => {
    expect(table.find('one.test')).not.toBe(table.find('a.wild.test'))
  })

  test('an encrypted key needs its passphrase', () => {
    const { cert, key } = authority.issue(['one.test'])
    const encrypted = createPrivateKey(key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
      .toString()
    const make = (passphrase?: string) => (): unknown =>
      new CertificateTable({
        certificates: [{ cert, key: encrypted, ...(passphrase !== undefined && { passphrase }) }],
      })
    expect(make('open sesame')).not.toThrow()
    expect(make('guess')).toThrow(/tls\.certificates\[0\]\.key is no private key/)
    expect(make()).toThrow(/tls\.certificates\[0\]\.key is no private key/)
  })
})
