import { checkNames, integer, show } from '../option-checks.ts'
import type { ListenTlsOptions } from '../tls/options.ts'

/** Limits of HTTP/2 connections; for the reasons see the edge advice of Envoy. */
export interface Http2Limits {
  /** Requests at one time on one connection, 1–1,000. Default 100. */
  readonly maxStreams?: number
  /** Bytes of one request body that a client may send ahead, 16,384–16,777,216. Default 65,536. */
  readonly streamWindow?: number
  /** The same for all of a connection. Default 1,048,576. */
  readonly connectionWindow?: number
}

/** One address to listen on: `port` with or without `host`, or `path`. */
export interface ListenOptions {
  /** Default '127.0.0.1'; 'localhost' = 127.0.0.1 and, where there is IPv6, ::1. */
  readonly host?: string
  /** 0–65,535; 0 = any free port. */
  readonly port?: number
  /** A socket file, absolute. One that is left over from a process that is gone is replaced. */
  readonly path?: string
  /** Default: no TLS. */
  readonly tls?: ListenTlsOptions
  /** HTTP/2 for clients that ask for it in the handshake; needs `tls`. Default false. */
  readonly http2?: boolean | Http2Limits
  /**
   * True: every connection begins with a PROXY protocol header, version 1 or 2, from one of `trustedProxies`; others
   * are closed. Default false.
   */
  readonly proxyProtocol?: boolean
}

export interface Http2Settings {
  readonly maxStreams: number
  readonly streamWindow: number
  readonly connectionWindow: number
}

/** Where a listener is: a host and port, or a socket file. */
export type ListenerAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/** One address after its options were checked. */
export interface ListenSettings {
  readonly host: string
  readonly port: number
  /** The empty string: TCP. */
  readonly path: string
  readonly tls: ListenTlsOptions | null
  /** null: HTTP/1.1 only. */
  readonly http2: Http2Settings | null
  readonly proxyProtocol: boolean
}

/** Checks one address. @param name how messages call it @throws TypeError or RangeError that names the option */
export function resolveListenOptions(options: ListenOptions, name: string): ListenSettings {
  checkNames(name, options, ['host', 'port', 'path', 'tls', 'http2', 'proxyProtocol'])
  const { host, port, path, tls, http2 = false, proxyProtocol = false } = options
  if ((path === undefined) === (port === undefined)) throw new TypeError(`${name} needs either a port or a path`)
  if (path !== undefined) {
    if (typeof path !== 'string' || !path.startsWith('/') || path.includes('\0')) {
      throw new TypeError(`${name}.path must be an absolute path, got '${String(path)}'`)
    }
    if (host !== undefined) throw new TypeError(`${name}.host and ${name}.path exclude each other`)
  } else if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw new TypeError(`${name}.host must be a non-empty string, got ${show(host)}`)
  }
  if (typeof proxyProtocol !== 'boolean') {
    throw new TypeError(`${name}.proxyProtocol must be true or false, got ${show(proxyProtocol)}`)
  }
  if (proxyProtocol && path !== undefined) throw new TypeError(`${name}: the PROXY protocol is for TCP, not for a path`)
  if (tls !== undefined && (typeof tls !== 'object' || tls === null)) {
    throw new TypeError(`${name}.tls must be an object, got ${show(tls)}`)
  }
  if (http2 !== false && tls === undefined) throw new TypeError(`${name}.http2 needs tls: clients choose it there`)
  return {
    host: host ?? '127.0.0.1',
    port: port === undefined ? 0 : integer(`${name}.port`, port, 0, 65_535),
    path: path ?? '',
    tls: tls ?? null,
    http2: http2 === false ? null : resolveHttp2(http2 === true ? {} : http2, `${name}.http2`),
    proxyProtocol,
  }
}

function resolveHttp2(limits: Http2Limits, name: string): Http2Settings {
  checkNames(name, limits, ['maxStreams', 'streamWindow', 'connectionWindow'])
  const { maxStreams = 100, streamWindow = 65_536, connectionWindow = 1_048_576 } = limits
  return {
    maxStreams: integer(`${name}.maxStreams`, maxStreams, 1, 1_000),
    streamWindow: integer(`${name}.streamWindow`, streamWindow, 16_384, 16_777_216),
    connectionWindow: integer(`${name}.connectionWindow`, connectionWindow, 65_536, 1_073_741_824),
  }
}
