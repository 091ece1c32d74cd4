// What is measured, and which rows each scenario has.
import type { Contender } from './contender.ts'
import type { LoadShape } from './load/load.ts'
import { haproxy, nginx } from './native.ts'
import { gateway, peer } from './node-contenders.ts'

const NET = gateway('net', 'gateway-net.yaml')
const NODE = gateway('node', 'gateway-node.yaml')
const NODE_PEERS = [peer('fast-gateway'), peer('fastify-http-proxy'), peer('http-proxy-3')]
const PLAIN = [nginx(), haproxy(), NET, NODE, ...NODE_PEERS]

export interface LoadScenario {
  readonly name: string
  readonly title: string
  readonly unit: 'request' | 'event'
  readonly shape: LoadShape
  readonly contenders: readonly Contender[]
  /** The two rows by which the others are divided. */
  readonly references: readonly [string, string]
}

const PLAIN_REFERENCES = ['nginx', 'haproxy'] as const

export const SCENARIOS: readonly LoadScenario[] = [
  {
    name: 'get',
    title: 'GET 1 KiB over 64 keep-alive connections',
    unit: 'request',
    shape: { kind: 'get', connections: 64 },
    contenders: PLAIN,
    references: PLAIN_REFERENCES,
  },
  {
    name: 'post',
    title: 'POST 10 KiB over 64 keep-alive connections',
    unit: 'request',
    shape: { kind: 'post', connections: 64 },
    contenders: PLAIN,
    references: PLAIN_REFERENCES,
  },
  {
    name: 'large',
    title: 'GET 1 MiB over 16 connections; nginx and haproxy with default and with large buffers',
    unit: 'request',
    shape: { kind: 'large', connections: 16 },
    contenders: [nginx(), nginx('large-buffers'), haproxy(), haproxy('large-buffers'), NET, NODE, ...NODE_PEERS],
    references: ['nginx-large-buffers', 'haproxy-large-buffers'],
  },
  {
    name: 'connections-1000',
    title: 'GET 1 KiB over 1,000 keep-alive connections',
    unit: 'request',
    shape: { kind: 'get', connections: 1_000 },
    contenders: PLAIN,
    references: PLAIN_REFERENCES,
  },
  {
    name: 'new-connection',
    title: 'GET 1 KiB, a new connection for each request, 64 at a time',
    unit: 'request',
    shape: { kind: 'get', connections: 64, reconnect: true },
    contenders: PLAIN,
    references: PLAIN_REFERENCES,
  },
  {
    name: 'events',
    title: '200 event streams of 100 events a second',
    unit: 'event',
    shape: { kind: 'events', connections: 200 },
    contenders: PLAIN,
    references: PLAIN_REFERENCES,
  },
  {
    name: 'tls',
    title: 'GET 1 KiB over 64 keep-alive connections, https in front (TLS 1.3, AES-128-GCM)',
    unit: 'request',
    shape: { kind: 'get', connections: 64 },
    contenders: [
      nginx('tls'),
      haproxy('tls'),
      gateway('net-tls', 'gateway-net-tls.yaml'),
      gateway('node-tls', 'gateway-node-tls.yaml'),
      peer('fast-gateway', true),
      peer('fastify-http-proxy', true),
      peer('http-proxy-3', true),
    ],
    references: ['nginx-tls', 'haproxy-tls'],
  },
  {
    name: 'access-log',
    title: 'GET 1 KiB over 64 keep-alive connections, a line of access log for each request',
    unit: 'request',
    shape: { kind: 'get', connections: 64 },
    contenders: [nginx(), nginx('access-log'), NET, gateway('net-access-log', 'gateway-net-access-log.yaml')],
    references: ['nginx-access-log', 'nginx'],
  },
]

/** Memory of connections that rest: counted once, in a process of its own for each. */
export const IDLE: {
  readonly name: string
  readonly title: string
  readonly connections: number
  readonly contenders: readonly Contender[]
} = {
  name: 'idle',
  title: 'resident memory per connection at rest, after one GET on each',
  connections: 10_000,
  contenders: PLAIN,
}
