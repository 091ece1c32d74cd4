import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { BYTES_FLAGS, type Bytes, bytesPerCall } from '../runner/measure-bytes.ts'
import { cpuPerRequest, cpuTime, parseStat } from '../runner/measure-cpu.ts'
import { nanoseconds } from '../runner/measure-nanoseconds.ts'
import { Progress } from '../runner/progress.ts'

const program = fileURLToPath(new URL('fixtures/allocations.ts', import.meta.url))
const spinner = fileURLToPath(new URL('fixtures/spinning/spinner.mjs', import.meta.url))

type Measurement = 'object' | 'nothing' | 'array' | 'large' | 'bareAwait' | 'overBareAwait'

describe('bytes per call', { timeout: 60_000 }, () => {
  test('known allocations, exactly', () => {
    const text = execFileSync(process.execPath, [...BYTES_FLAGS, program], { encoding: 'utf8' })
    const measured: Partial<Record<Measurement, Bytes>> = JSON.parse(text)
    // Map, properties, elements and three fields, 8 bytes each.
    expect(measured.object?.bytes).toBeCloseTo(48, 1)
    expect(measured.object?.operations).toBe(20_000)
    expect(measured.nothing?.bytes).toBe(0)
    // JSArray 32, FixedArray header 16, elements 8 each.
    expect(measured.array?.bytes).toBeCloseTo(848, -1)
    expect(measured.bareAwait?.bytes).toBeGreaterThanOrEqual(240)
    expect(measured.bareAwait?.bytes).toBeLessThanOrEqual(256)
    expect(measured.overBareAwait?.bytes).toBeCloseTo(48, 0)
    // 20,000 of these would not fit between two collections: fewer are measured, not wrong ones.
    expect(measured.large?.bytes).toBeGreaterThan(4_000_000)
    expect(measured.large?.bytes).toBeLessThan(4_100_000)
    expect(measured.large?.operations).toBeLessThan(20)
  })

  test('names the flags when the process lacks them', async () => {
    if (globalThis.gc !== undefined) return
    await expect(bytesPerCall(() => {})).rejects.toThrow(
      'bytesPerCall needs node --expose-gc --max-semi-space-size=512',
    )
  })
})

describe('nanoseconds', { timeout: 30_000 }, () => {
  test('quantiles in order, divided by the operations of a call', async () => {
    let sum = 0
    const call = (): void => {
      for (let index = 0; index < 1_000; index++) sum = (sum + index) | 0
    }
    const whole = await nanoseconds(call, { budgetMs: 20 })
    const single = await nanoseconds(call, { budgetMs: 20, operations: 1_000 })
    for (const { min, p25, p50, p75, p99, max } of [whole, single]) {
      expect([...[min, p25, p50, p75, p99, max]].sort((a, b) => a - b)).toEqual([min, p25, p50, p75, p99, max])
    }
    expect(whole.calls).toBeGreaterThan(100)
    expect(single.p50).toBeLessThan(whole.p50 / 10)
    expect(sum).not.toBe(Number.NaN)
  })

  test('a slow call is timed by itself, an async call is awaited', async () => {
    const slow = await nanoseconds(() => new Promise((resolve) => setTimeout(resolve, 2)), { budgetMs: 20 })
    expect(slow.min).toBeGreaterThan(900_000)
    expect(slow.calls).toBeLessThan(100)
  })
})

describe.skipIf(!existsSync('/proc/self/stat'))('CPU per request', { timeout: 30_000 }, () => {
  test('is what the other process burnt, not what passed on the wall', async () => {
    const child = spawn(process.execPath, [spinner], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    try {
      await once(child, 'spawn')
      const measured = await cpuPerRequest({
        pid: child.pid ?? 0,
        requests: 20,
        warmup: 2,
        concurrency: 1,
        send: async () => {
          child.send(20)
          await once(child, 'message')
          await new Promise((resolve) => setTimeout(resolve, 10))
        },
      })
      expect(measured.resolution).toBe(500)
      expect(measured.requests).toBe(20)
      expect(measured.microseconds).toBeCloseTo(measured.user + measured.system, 6)
      expect(measured.microseconds).toBeGreaterThanOrEqual(19_000)
      expect(measured.microseconds).toBeLessThan(24_000)
    } finally {
      child.kill()
    }
  })

  test('counts descendants, and says so when the process is gone', () => {
    const own = cpuTime(process.pid)
    expect(own.user + own.system).toBeGreaterThan(0)
    expect(cpuTime(process.ppid).user).toBeGreaterThanOrEqual(own.user)
    expect(() => cpuTime(2 ** 30)).toThrow('process 1073741824 is not running')
  })

  test('reads a process name with spaces and parentheses', () => {
    const line = '42 (we) (b 7) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 3 4 20 0 11 0 12345 0 0'
    expect(parseStat(line)).toEqual({ parent: 1, userTicks: 253, systemTicks: 54 })
  })

  test('asks for a sensible number of requests', async () => {
    const send = async (): Promise<void> => {}
    await expect(cpuPerRequest({ pid: process.pid, requests: 0, send })).rejects.toThrow(
      'requests must be 1 or more, got 0',
    )
  })
})

describe('progress', () => {
  const job = { round: 0, rounds: 2, case: 'sum', contender: 'ours', measure: 'nanoseconds' } as const

  test('estimates the rest from what was measured, and rewrites its line on a terminal only', () => {
    let now = 0
    const written: string[] = []
    const stream = { isTTY: true, columns: 200, write: (text: string) => written.push(text) > 0 }
    const progress = new Progress(stream, { now: () => now })
    const jobs = [job, { ...job, round: 1 }, { ...job, round: 1, contender: 'legacy' }]
    expect(progress.estimate(jobs)).toBeNull()
    const done = progress.begin('adding', jobs, 0)
    now += 4_000
    done(1)
    progress.begin('adding', jobs, 1)
    progress.clear()
    expect(written).toEqual([
      '\r\u001b[K[1/3] adding: sum, nanoseconds, ours, round 1 of 2',
      '\r\u001b[K[2/3] adding: sum, nanoseconds, ours, round 2 of 2, about 8 s left',
      '\r\u001b[K',
    ])
  })
})
