import proxy from '@fastify/http-proxy'
import fastify, { type FastifyInstance } from 'fastify'
import { KEEP_ALIVE_MS, readOptions, UPSTREAM_CONNECTIONS } from './options.ts'

const { port, upstream, tls } = readOptions()
const common = { logger: false, keepAliveTimeout: KEEP_ALIVE_MS }
const plain = (): FastifyInstance => fastify(common)
const secure = (): FastifyInstance => fastify({ ...common, https: tls ?? null }) as unknown as FastifyInstance
const app = tls === undefined ? plain() : secure()
for (const prefix of ['/api', '/files', '/events']) {
  await app.register(proxy, {
    upstream,
    prefix,
    rewritePrefix: prefix,
    undici: { connections: UPSTREAM_CONNECTIONS, pipelining: 1 },
    replyOptions: {
      rewriteRequestHeaders: (request, headers) => ({
        ...headers,
        'x-forwarded-for': request.ip,
        'x-forwarded-proto': request.protocol,
      }),
    },
  })
}
await app.listen({ port, host: '127.0.0.1' })
