import { describe, expect, it } from 'vitest'
import { Cache } from '../src/index.ts'
import { checkStructure, VirtualClock } from './harness.ts'

function letters(text: string, max = 10): Cache<string, string> {
  const cache = new Cache<string, string>({ max })
  for (const letter of text) cache.set(letter, letter.toUpperCase())
  return cache
}

describe('iteration', () => {
  it('goes from the most to the least recently used', () => {
    const cache = letters('abc')
    cache.get('a')
    expect([...cache.keys()]).toEqual(['a', 'c', 'b'])
    expect([...cache.values()]).toEqual(['A', 'C', 'B'])
    expect([...cache.entries()]).toEqual([...cache])
    expect(new Map(cache).get('b')).toBe('B')
  })

  it('changes neither order nor statistics', () => {
    const cache = letters('abc')
    const before = cache.getCacheStats()
    for (const _ of cache);
    expect(cache.getCacheStats()).toEqual(before)
    expect([...cache.keys()]).toEqual(['c', 'b', 'a'])
  })

  it('is empty for an empty cache and starts anew each time', () => {
    const cache = letters('')
    expect([...cache]).toEqual([])
    cache.set('a', 'A')
    expect([...cache.keys()]).toEqual(['a'])
    expect([...cache.keys()]).toEqual(['a'])
  })

  it.each([
    ['the current one', (key: string) => [key], 'edcba'],
    ['the next one', (key: string) => [String.fromCharCode(key.charCodeAt(0) - 1)], 'eca'],
    ['the one before', (key: string) => [String.fromCharCode(key.charCodeAt(0) + 1)], 'edcba'],
    ['all', () => [...'abcde'], 'e'],
  ])('survives deleting %s', (_, victims, visited) => {
    const cache = letters('abcde')
    const seen: string[] = []
    for (const key of cache.keys()) {
      seen.push(key)
      for (const victim of victims(key)) cache.delete(victim)
    }
    expect(seen.join('')).toBe(visited)
    checkStructure(cache)
  })

  it('visits every key once though each is used, replaced or added to meanwhile', () => {
    const cache = letters('abcde', 100)
    const seen: string[] = []
    for (const [key] of cache) {
      seen.push(key)
      cache.get('a')
      cache.set(key, 'again')
      cache.set(`new ${key}`, '')
    }
    expect(seen.filter((key) => key.length === 1).sort()).toEqual([...'abcde'])
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeLessThan(20)
  })

  it('survives clear, resize and eviction', () => {
    const cache = letters('abcde', 5)
    const seen: string[] = []
    for (const key of cache.keys()) {
      seen.push(key)
      if (key === 'd') cache.resize(3)
      if (key === 'c') cache.clear()
    }
    expect(seen).toEqual([...'edc'])
    checkStructure(cache)
  })

  it('skips what expires meanwhile', () => {
    const clock = new VirtualClock()
    const cache = new Cache<number, number>({ max: 10, clock })
    for (let i = 0; i < 6; i++) cache.set(i, i, { ttlMs: i % 2 === 0 ? 10 : 1000 })
    const seen: number[] = []
    for (const key of cache.keys()) {
      seen.push(key)
      if (key === 4) clock.advance(10)
    }
    expect(seen).toEqual([5, 4, 3, 1])
  })

  it('can be given up half-way', () => {
    const cache = letters('abc')
    for (const key of cache.keys()) if (key === 'b') break
    expect(cache.keys().next().value).toBe('c')
    cache.delete('c')
    expect(cache.keys().next().value).toBe('b')
  })
})
