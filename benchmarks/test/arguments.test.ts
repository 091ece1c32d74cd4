import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseArguments } from '../runner/arguments.ts'
import { selectSuites } from '../runner/discover.ts'
import { UsageError } from '../runner/errors.ts'
import { nearestName } from '../runner/nearest-name.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-arguments-'))
  mkdirSync(join(folder, 'results'))
  writeFileSync(join(folder, 'file'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

const parse = (...argv: string[]): ReturnType<typeof parseArguments> => parseArguments(argv, folder)

describe('what is understood', () => {
  test('nothing: all suites, 5 rounds, tables', () => {
    expect(parse()).toEqual({
      suites: [],
      list: false,
      quick: false,
      rounds: 5,
      json: false,
      out: undefined,
      help: false,
    })
  })

  test('suites and options in any order, a suite named twice runs once', () => {
    const parsed = parse('--quick', 'router', '--json', 'cache', 'router')
    expect(parsed).toMatchObject({ suites: ['router', 'cache'], quick: true, json: true, rounds: 2 })
  })

  test('--rounds wins over --quick, in both spellings', () => {
    expect(parse('--rounds', '7', '--quick').rounds).toBe(7)
    expect(parse('--quick', '--rounds=1').rounds).toBe(1)
  })

  test('--out is relative to the folder in which the command was typed', () => {
    expect(parse('--out', 'results/new.json').out).toBe(join(folder, 'results/new.json'))
    expect(parse(`--out=${join(folder, 'file')}`).out).toBe(join(folder, 'file'))
  })
})

describe('what is refused, with a word on what is allowed', () => {
  test.each([
    [['--rounds', '0'], '--rounds must be a whole number from 1 to 99, got "0"'],
    [['--rounds', '1.5'], '--rounds must be a whole number from 1 to 99, got "1.5"'],
    [['--rounds', '1e1'], '--rounds must be a whole number from 1 to 99, got "1e1"'],
    [['--rounds=100'], '--rounds must be a whole number from 1 to 99, got "100"'],
    [['--rounds', '-3'], '--rounds must be a whole number from 1 to 99, got "-3"'],
    [['--rounds'], '--rounds needs a number'],
    [['--out'], '--out needs a file name'],
    [['--out', '--json'], '--out needs a file name'],
    [['--out='], '--out needs a file name'],
    [['--json=yes'], '--json takes no value, got "yes"'],
    [['--quik'], 'unknown option --quik; did you mean --quick?'],
    [['-h'], 'unknown option -h (--help lists the options)'],
  ])('%j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(UsageError)
    expect(() => parse(...argv)).toThrow(message)
  })

  test('an output file that cannot be written, before anything has run', () => {
    expect(() => parse('--out', 'missing/a.json')).toThrow(
      `--out missing/a.json: the folder ${join(folder, 'missing')} does not exist; create it first`,
    )
    expect(() => parse('--out', 'file/a.json')).toThrow(`${join(folder, 'file')} is not a folder`)
    expect(() => parse('--out', 'results')).toThrow(`${join(folder, 'results')} is a folder; name a file in it`)
  })
})

describe('suite names', () => {
  const known = ['breaker-execute', 'rolling-window', 'router']

  test('none means all', () => {
    expect(selectSuites([], known)).toEqual(known)
    expect(selectSuites(['router'], known)).toEqual(['router'])
  })

  test.each([
    ['rolling-windw', 'rolling-window'],
    ['rolling', 'rolling-window'],
    ['Router', 'router'],
    ['ruoter', 'router'],
    ['zzzzzzz', undefined],
  ])('%s: did you mean %s?', (typed, meant) => {
    expect(nearestName(typed, known)).toBe(meant)
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`
    expect(() => selectSuites([typed], known)).toThrow(
      `unknown suite ${typed}${hint} (known: breaker-execute, rolling-window, router)`,
    )
  })
})
