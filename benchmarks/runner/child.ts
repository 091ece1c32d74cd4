// Runs in a process of its own: loads one contender and answers or measures. The order comes as JSON in argv, the result
// goes over the IPC channel; stdout stays empty, because a contender that prints spends time on it.
import { loadSuite } from './discover.ts'
import { type Bytes, bytesPerCall } from './measure-bytes.ts'
import { type Cpu, cpuPerRequest } from './measure-cpu.ts'
import { type Nanoseconds, nanoseconds } from './measure-nanoseconds.ts'
import { measureRetained } from './measure-retained.ts'
import { isRigSuite } from './rig-suite.ts'
import { AWAITS_PER_CALL, rotatingAwait, rotatingCall } from './rotating-call.ts'
import type { AsyncCase, Case, Measure, ProcessCase, SyncCase } from './suite.ts'

export interface AnswerOrder {
  readonly do: 'answer'
  readonly url: string
  readonly contender: string
}

export interface MeasureOrder {
  readonly do: 'measure'
  readonly url: string
  readonly contender: string
  readonly case: string
  readonly measure: Measure
  /** Time to measure for. */
  readonly budgetMs: number
  /** Shorter warm-up for bytes, a quarter of the requests of a process case. */
  readonly quick: boolean
}

export type Order = AnswerOrder | MeasureOrder

type AnyCase = Case<unknown, unknown>

function isCall(benchmark: AnyCase): benchmark is SyncCase<unknown, unknown> | AsyncCase<unknown, unknown> {
  return benchmark.kind === 'sync' || benchmark.kind === 'async'
}

async function measureNanoseconds(benchmark: AnyCase, subject: unknown, budgetMs: number): Promise<Nanoseconds> {
  if (!isCall(benchmark)) throw new TypeError(`a ${benchmark.kind} case has no nanoseconds`)
  const operations = benchmark.operations ?? 1
  if (benchmark.kind === 'sync') return nanoseconds(rotatingCall(benchmark, subject), { budgetMs, operations })
  const run = rotatingAwait(benchmark, subject)
  const { awaits = AWAITS_PER_CALL } = benchmark
  return nanoseconds(() => run(awaits), { budgetMs, operations: operations * awaits })
}

async function measureBytes(benchmark: AnyCase, subject: unknown, quick: boolean): Promise<Bytes> {
  if (!isCall(benchmark)) throw new TypeError(`a ${benchmark.kind} case has no bytes per call`)
  const operations = benchmark.operations ?? 1
  const options = quick ? { warmUpMs: 200 } : {}
  let measured: Bytes
  if (benchmark.kind === 'async') {
    measured = await bytesPerCall(rotatingAwait(benchmark, subject), options)
  } else {
    const call = rotatingCall(benchmark, subject)
    measured = await bytesPerCall((count) => {
      for (let done = 0; done < count; done++) call()
    }, options)
  }
  return { bytes: measured.bytes / operations, operations: measured.operations * operations }
}

async function measureCpu(benchmark: ProcessCase<unknown, unknown>, subject: unknown, quick: boolean): Promise<Cpu> {
  const inputs = benchmark.inputs()
  const running = await benchmark.start(subject)
  try {
    return await cpuPerRequest({
      pid: running.pid,
      requests: quick ? Math.ceil(benchmark.requests / 4) : benchmark.requests,
      ...(benchmark.warmup === undefined ? {} : { warmup: benchmark.warmup }),
      ...(benchmark.concurrency === undefined ? {} : { concurrency: benchmark.concurrency }),
      send: (index) => benchmark.send(running, inputs[index % inputs.length]),
    })
  } finally {
    await running.stop()
  }
}

async function carryOut(order: Order): Promise<unknown> {
  const suite = await loadSuite(order.url)
  if (isRigSuite(suite)) throw new TypeError(`suite ${suite.name} measures by itself`)
  const contender = suite.contenders.find(({ name }) => name === order.contender)
  if (contender === undefined) throw new TypeError(`no contender ${order.contender}`)
  const subject = await contender.load()
  if (order.do === 'answer') {
    const answers: Record<string, unknown> = {}
    for (const benchmark of suite.cases) {
      if (benchmark.skip?.[contender.name] !== undefined) continue
      try {
        answers[benchmark.name] = await benchmark.answer(subject, benchmark.inputs())
      } catch (cause) {
        throw new Error(`case ${benchmark.name}: answer() failed`, { cause })
      }
    }
    return answers
  }
  const benchmark = suite.cases.find(({ name }) => name === order.case)
  if (benchmark === undefined) throw new TypeError(`no case ${order.case}`)
  if (order.measure === 'nanoseconds') return measureNanoseconds(benchmark, subject, order.budgetMs)
  if (order.measure === 'bytes') return measureBytes(benchmark, subject, order.quick)
  if (order.measure === 'retained') {
    if (benchmark.kind !== 'retained') throw new TypeError(`a ${benchmark.kind} case retains nothing`)
    return measureRetained(benchmark, subject, order.quick)
  }
  if (benchmark.kind !== 'process') throw new TypeError('CPU per request needs a process case')
  return measureCpu(benchmark, subject, order.quick)
}

// The parent is gone: nobody waits for the result.
process.on('disconnect', () => process.exit(1))
try {
  const result = await carryOut(JSON.parse(process.argv[2] ?? ''))
  // A contender may leave a timer or a socket behind: the result is out, so end here.
  process.send?.({ result }, () => process.exit(0))
} catch (error) {
  console.error(error)
  process.exit(1)
}
