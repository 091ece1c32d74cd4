import { expect, it } from 'vitest'
import { isLoopbackHost } from '../../src/admin/host-check.ts'

it.each(['localhost', 'LOCALHOST:9901', '127.0.0.1', '127.0.0.1:9901', '127.8.9.1:80', '[::1]', '[::1]:9901'])(
  'takes %s',
  (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  },
)

it.each([
  undefined,
  '',
  'evil.example',
  'localhost.evil.example',
  'evillocalhost',
  '127.0.0.1.evil.example:9901',
  '10.0.0.1:9901',
  '0.0.0.0',
  '128.0.0.1',
  '127.1',
  '[::2]:9901',
  '::1',
  'localhost:',
  'localhost:123456',
  'user@localhost',
])('refuses %j', (host) => {
  expect(isLoopbackHost(host)).toBe(false)
})
