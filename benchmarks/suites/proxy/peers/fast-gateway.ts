import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import gateway from 'fast-gateway'
import { KEEP_ALIVE_MS, readOptions } from './options.ts'

const { port, upstream, tls } = readOptions()
const server = tls === undefined ? createServer() : createTlsServer(tls)
server.keepAliveTimeout = KEEP_ALIVE_MS
server.requestTimeout = 0

// Its agent keeps up to 2,048 connections by default.
const app = gateway({
  restana: { server },
  routes: ['/api', '/files', '/events'].map((prefix) => ({ prefix, prefixRewrite: prefix, target: upstream })),
})
await app.start(port, '127.0.0.1')
