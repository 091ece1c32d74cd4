import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cases } from './cases.ts'
import { fuzzInProcess } from './in-process.ts'
import { checkRequest, checkResponse } from './invariants.ts'
import { Lane } from './lane.ts'
import { seededRng } from './messages.ts'
import { fuzzOverSockets, judge } from './over-sockets.ts'

const net = new Lane()
const node = new Lane()
beforeAll(() => Promise.all([net.start('net'), node.start('node')]))
afterAll(() => Promise.all([net.stop(), node.stop()]))

describe.each(cases)('$name', ({ kind, message }) => {
  test('in process', () => {
    const check = kind === 'request' ? checkRequest : checkResponse
    for (let seed = 0; seed < 100; seed++) expect(check(message, seededRng(seed)).wrong).toBe('')
  })

  test.runIf(kind === 'request')('over sockets', async () => {
    const [ours, oracle] = await Promise.all([net.send(message, 0, 100), node.send(message, 0, 100)])
    expect(judge(message, ours, oracle)).toMatch(/^(?:$|accepted: )/)
  })
})

test('a short run of the fuzzer finds nothing', async () => {
  const nothing = (): void => {}
  expect((await fuzzInProcess(1, 5_000, 0, nothing)).findings).toEqual([])
  expect((await fuzzOverSockets(1, 100, 0, nothing)).findings).toEqual([])
})
