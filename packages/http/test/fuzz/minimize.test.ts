import { expect, test } from 'vitest'
import { minimize } from './minimize.ts'

test('what is not needed to show a fault is removed', async () => {
  const shows = (message: string): boolean => message.includes('X') && message.includes('YZ')
  expect(await minimize('GET / HTTP/1.1\r\nX: aYZa\r\n\r\n', shows, 1_000)).toBe('XYZ')
  expect(await minimize('aXbYZ', async (message) => shows(message), 1_000)).toBe('XYZ')
})

test('a budget ends it, with a message that still shows the fault', async () => {
  let tries = 0
  const message = await minimize(
    `${'a'.repeat(1_000)}X${'b'.repeat(1_000)}`,
    (text) => ++tries > 0 && text.includes('X'),
    12,
  )
  expect([tries, message.includes('X'), message.length < 2_001]).toEqual([12, true, true])
})
