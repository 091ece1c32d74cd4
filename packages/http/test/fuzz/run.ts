// npm run fuzz -- [--seconds N] [--messages N] [--sockets N] [--seed N] [--json] [--help]
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { acceptedDifferences } from './accepted-differences.ts'
import { fuzzInProcess } from './in-process.ts'
import { fuzzOverSockets } from './over-sockets.ts'

const HELP = `Usage: npm run fuzz -- [options]

Sends mutated HTTP/1.1 messages through the scanner and the chunked decoder of @breakwater/http, and what they pass on
through the parser of node:http; then over real sockets to a server of engine net, beside one of engine node, in front of
an upstream that writes down what it gets. Differences that are meant are in packages/http/test/fuzz/accepted-differences.ts.

  --seconds N     how long (default 120, a third of it in process; the least numbers are sent in any case)
  --messages N    least number of messages in process (default 1000000)
  --sockets N     least number of messages over sockets (default 50000; 0: none)
  --seed N        repeats a run (default: from the clock; it is printed)
  --json          one JSON document on stdout instead of lines
  --help          this

Findings are written to fuzz-findings.json in the current folder; put their cases into packages/http/test/fuzz/cases.ts.
Exit code: 0 nothing found; 1 a finding; 2 wrong usage.
`

const { values } = readArguments()
const seconds = positive('seconds', values.seconds ?? '120')
const least = positive('messages', values.messages ?? '1000000')
const leastSockets = positive('sockets', values.sockets ?? '50000')
const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : positive('seed', values.seed)

const begun = performance.now()
console.error(`fuzz: seed ${seed}, ${seconds} s`)
const progress = (line: string): void => console.error(`fuzz: ${line}`)
const inProcess = await fuzzInProcess(seed, least, begun + (seconds * 1_000) / 3, progress)
const overSockets =
  leastSockets === 0 ? null : await fuzzOverSockets(seed, leastSockets, begun + seconds * 1_000, progress)
const findings = [...inProcess.findings, ...(overSockets?.findings ?? [])]
const elapsed = (performance.now() - begun) / 1_000

if (values.json) console.log(JSON.stringify({ seed, seconds: elapsed, inProcess, overSockets }))
else {
  const { messages, forwarded, readByLlhttp } = inProcess
  console.log(`${messages} messages in process, ${forwarded} passed on, ${readByLlhttp} of them given to llhttp`)
  if (overSockets !== null) {
    console.log(`${overSockets.messages} messages over sockets, against engine node`)
    for (const { name, reason } of acceptedDifferences) {
      const count = overSockets.differences[name] ?? 0
      if (count > 0) console.log(`  ${count} accepted differences "${name}": ${reason}`)
    }
  }
  for (const { kind, wrong, message } of findings) console.log(`${kind}: ${wrong}\n  ${JSON.stringify(message)}`)
  console.log(`${findings.length} findings, seed ${seed}, ${elapsed.toFixed(1)} s`)
}
if (findings.length > 0) {
  writeFileSync('fuzz-findings.json', `${JSON.stringify(findings, null, 2)}\n`)
  process.exitCode = 1
}

function readArguments(): {
  values: Partial<Record<'seconds' | 'messages' | 'sockets' | 'seed', string>> & { json?: boolean }
} {
  try {
    const parsed = parseArgs({
      options: {
        seconds: { type: 'string' },
        messages: { type: 'string' },
        sockets: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
    if (parsed.values.help) {
      console.log(HELP)
      process.exit(0)
    }
    return parsed
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    process.exit(2)
  }
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0 && text.trim() !== '') return number
  console.error(`--${name} takes a whole number from 0, got ${JSON.stringify(text)}`)
  process.exit(2)
}
