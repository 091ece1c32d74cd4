// npm run fuzz -- [--seconds N] [--messages N] [--seed N] [--json] [--help]
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fuzzInProcess } from './in-process.ts'

const HELP = `Usage: npm run fuzz -- [options]

Sends mutated HTTP/1.1 messages through the scanner and the chunked decoder of @breakwater/http, and what they pass on
through the parser of node:http.

  --seconds N     how long (default 30; the least number of messages is sent in any case)
  --messages N    least number of messages in process (default 1000000)
  --seed N        repeats a run (default: from the clock; it is printed)
  --json          one JSON document on stdout instead of lines
  --help          this

Findings are written to fuzz-findings.json in the current folder; put their cases into packages/http/test/fuzz/cases.ts.
Exit code: 0 nothing found; 1 a finding; 2 wrong usage.
`

const { values } = readArguments()
const seconds = positive('seconds', values.seconds ?? '30')
const least = positive('messages', values.messages ?? '1000000')
const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : positive('seed', values.seed)

const begun = performance.now()
console.error(`fuzz: seed ${seed}, ${seconds} s`)
const result = await fuzzInProcess(seed, least, begun + seconds * 1_000, (line) => console.error(`fuzz: ${line}`))
const summary = { seed, seconds: (performance.now() - begun) / 1_000, inProcess: result }
if (values.json) console.log(JSON.stringify(summary))
else {
  const { messages, forwarded, readByLlhttp, findings } = result
  console.log(`${messages} messages in process, ${forwarded} passed on, ${readByLlhttp} of them read alike by llhttp`)
  for (const { kind, wrong, message } of findings) console.log(`${kind}: ${wrong}\n  ${JSON.stringify(message)}`)
  console.log(`${findings.length} findings, seed ${seed}, ${summary.seconds.toFixed(1)} s`)
}
if (result.findings.length > 0) {
  writeFileSync('fuzz-findings.json', `${JSON.stringify(result.findings, null, 2)}\n`)
  process.exitCode = 1
}

function readArguments(): { values: { seconds?: string; messages?: string; seed?: string; json?: boolean } } {
  try {
    const parsed = parseArgs({
      options: {
        seconds: { type: 'string' },
        messages: { type: 'string' },
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
