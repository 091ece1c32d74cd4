import { Agent, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createProxyServer } from 'http-proxy-3'
import { KEEP_ALIVE_MS, readOptions, UPSTREAM_CONNECTIONS } from './options.ts'

const { port, upstream, tls } = readOptions()
const agent = new Agent({ keepAlive: true, maxSockets: UPSTREAM_CONNECTIONS, maxFreeSockets: UPSTREAM_CONNECTIONS })
const proxy = createProxyServer({ target: upstream, agent, xfwd: true })
proxy.on('error', (_error, _request, response) => {
  if ('writeHead' in response) response.writeHead(502).end()
  else response.destroy()
})
const server = tls === undefined ? createServer() : createTlsServer(tls)
server.keepAliveTimeout = KEEP_ALIVE_MS
server.on('request', (request, response) => proxy.web(request, response))
server.listen(port, '127.0.0.1')
