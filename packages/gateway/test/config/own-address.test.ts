import { describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/config/load.ts'
import { type ListenOverrides, reaches } from '../../src/config/own-address.ts'

describe('reaches', () => {
  it.each<[string, string, number, boolean]>([
    ['http://127.0.0.1:80', '0.0.0.0', 80, true],
    ['http://127.0.0.1', '127.0.0.1', 80, true],
    ['https://localhost', '::', 443, true],
    ['http://localhost:81', '127.0.0.1', 81, true],
    ['http://[::1]:81', 'localhost', 81, true],
    ['http://0.0.0.0:81', '127.0.0.1', 81, true],
    ['http://10.0.0.1:81', '10.0.0.1', 81, true],
    ['http://api:81', 'API', 81, true],
    ['http://127.0.0.1:82', '0.0.0.0', 81, false],
    ['http://127.0.0.1:81', '127.0.0.2', 81, false],
    ['http://[::1]:81', '127.0.0.1', 81, false],
    ['http://[::1]:81', '0.0.0.0', 81, false],
    ['http://10.0.0.1:81', '0.0.0.0', 81, false],
    ['http://api:81', '127.0.0.1', 81, false],
    ['http://localhost:81', '127.0.0.1', 0, false],
  ])('%s at %s:%d is %s', (url, host, port, own) => expect(reaches(url, { host, port })).toBe(own))
})

describe('regression: a gateway in front of itself was accepted', () => {
  const input = (target: string, more: object = {}): object => ({
    upstreams: { api: { targets: ['http://127.0.0.1:3000', target] } },
    routes: [{ path: '/*', upstream: 'api' }],
    ...more,
  })
  const valid = (config: object, ports: ListenOverrides = {}) => {
    expect(() => checkConfig(config, {}, ports)).not.toThrow()
  }

  it.each<[string, object, ListenOverrides, string]>([
    ['http://localhost:8080', {}, {}, 'the public listener of the gateway itself (port 8080)'],
    ['http://localhost:9901', {}, {}, 'the admin listener of the gateway itself (port 9901)'],
    ['http://127.0.0.1:81', { server: { listen: '127.0.0.1:81' } }, {}, '(port 81)'],
    ['http://127.0.0.1:82', { admin: { listen: 82 } }, {}, '(port 82)'],
    ['http://127.0.0.1:83', {}, { port: 83 }, '(port 83)'],
    ['http://127.0.0.1:84', {}, { adminPort: 84 }, '(port 84)'],
    ['http://10.0.0.9:8080', {}, { host: '10.0.0.9' }, '(port 8080)'],
  ])('%s %j %j', (target, more, ports, message) => {
    expect(() => checkConfig(input(target, more), {}, ports)).toThrow(message)
    expect(() => checkConfig(input(target, more), {}, ports)).toThrow('upstreams.api.targets[1]')
  })

  it('but not another port, or one that the command line moved the gateway away from', () => {
    valid(input('http://localhost:8081'))
    valid(input('http://localhost:9901', { admin: false }))
    valid(input('http://localhost:8080'), { port: 8081 })
    valid(input('http://localhost:9901'), { adminPort: 9902 })
  })
})
