import { describe, expect, it } from 'vitest'
import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import { mixBits } from '../../src/policies/key-hash.ts'

describe('FrequencySketch', () => {
  it('counts up to 15 and never too little', () => {
    const sketch = new FrequencySketch(1000)
    for (let key = 0; key < 500; key++) {
      for (let count = 0; count < key % 15; count++) sketch.increment(mixBits(key))
    }
    let exact = 0
    for (let key = 0; key < 500; key++) {
      expect(sketch.frequency(mixBits(key))).toBeGreaterThanOrEqual(key % 15)
      if (sketch.frequency(mixBits(key)) === key % 15) exact++
    }
    expect(exact).toBeGreaterThan(450)
    for (let count = 0; count < 30; count++) sketch.increment(mixBits(1))
    expect(sketch.frequency(mixBits(1))).toBe(15)
  })

  it('halves everything after ten increments per entry, also what nobody met meanwhile', () => {
    const sketch = new FrequencySketch(100)
    for (let count = 0; count < 12; count++) sketch.increment(mixBits(7))
    for (let key = 1000; key < 1988; key++) sketch.increment(mixBits(key))
    expect(sketch.frequency(mixBits(7))).toBeLessThanOrEqual(8)
    const fresh = new FrequencySketch(100)
    for (let count = 0; count < 12; count++) fresh.increment(mixBits(7))
    expect(fresh.frequency(mixBits(7))).toBe(12)
  })
})
