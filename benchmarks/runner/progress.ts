import type { Writable } from 'node:stream'
import type { Job } from './interleave.ts'

export interface ProgressStream extends Pick<Writable, 'write'> {
  readonly isTTY?: boolean
  readonly columns?: number
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

/** One line per process on stderr: rewritten in place on a terminal, one after the other in a log. */
export class Progress {
  readonly #stream: ProgressStream
  readonly #clock: { now(): number }
  readonly #spent = new Map<string, { milliseconds: number; jobs: number }>()
  #open = false

  constructor(stream: ProgressStream, clock: { now(): number } = performance) {
    this.#stream = stream
    this.#clock = clock
  }

  /** A line that stays. */
  say(text: string): void {
    this.clear()
    this.#stream.write(`${text}\n`)
  }

  /** @returns a function to call when the job is done, with the number of jobs that ran side by side */
  begin(suite: string, jobs: readonly Job[], index: number): (parallel: number) => void {
    const job = jobs[index]
    if (job === undefined) throw new RangeError(`no job ${index} of ${jobs.length}`)
    const rest = this.estimate(jobs.slice(index))
    const text =
      `[${index + 1}/${jobs.length}] ${suite}: ${job.case}, ${job.measure}, ${job.contender}, ` +
      `round ${job.round + 1} of ${job.rounds}${rest === null ? '' : `, about ${duration(rest)} left`}`
    if (this.#stream.isTTY === true) {
      this.#stream.write(`\r\u001b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`)
      this.#open = true
    } else {
      this.#stream.write(`${text}\n`)
    }
    const began = this.#clock.now()
    return (parallel) => {
      const sum = this.#spent.get(job.measure) ?? { milliseconds: 0, jobs: 0 }
      sum.milliseconds += (this.#clock.now() - began) / parallel
      sum.jobs++
      this.#spent.set(job.measure, sum)
    }
  }

  /** Milliseconds for these jobs, by the mean of what jobs of that measure took; null before the first has ended. */
  estimate(jobs: readonly Job[]): number | null {
    const sums = [...this.#spent.values()]
    const all = sums.reduce((total, sum) => total + sum.jobs, 0)
    if (all === 0) return null
    const overall = sums.reduce((total, sum) => total + sum.milliseconds, 0) / all
    return jobs.reduce((total, job) => {
      const sum = this.#spent.get(job.measure)
      return total + (sum === undefined ? overall : sum.milliseconds / sum.jobs)
    }, 0)
  }

  clear(): void {
    if (!this.#open) return
    this.#stream.write('\r\u001b[K')
    this.#open = false
  }
}
