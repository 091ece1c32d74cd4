/** Published hit ratios in percent that the simulators must repeat to 0.01, by trace and size. */
const COLUMNS = ['legacy10', 'lru', 'clock', 'sieve', 's3fifo', '2q', 'arc', 'belady'] as const

const SMALL = `
gli.trace.gz 500 0.95 0.95 1.18 1.38 16.13 1.18 1.38 34.26
gli.trace.gz 1000 11.14 11.21 11.31 31.34 35.05 30.77 21.31 53.13
gli.trace.gz 1500 27.61 36.56 36.53 51.85 47.73 36.08 50.44 57.96
gli.trace.gz 2000 47.90 57.41 57.41 57.41 52.14 47.90 57.41 57.96
loop.trace.gz 512 0.00 0.00 0.00 0.00 0.00 0.00 0.00 50.54
loop.trace.gz 900 0.00 0.00 0.00 0.00 78.60 79.77 0.00 88.84
multi1.trace.gz 1000 44.51 48.23 48.58 49.74 57.95 48.34 49.75 71.40
multi3.trace.gz 1000 32.21 37.70 37.78 39.16 45.36 44.80 44.41 56.28
multi3.trace.gz 2000 39.53 44.59 46.14 46.69 55.25 52.11 46.72 68.78
sprite.trace.gz 200 38.62 39.88 40.81 42.42 47.90 45.81 42.79 68.86
sprite.trace.gz 600 77.64 83.19 83.17 77.78 83.30 82.68 82.09 89.95
2_pools.trace.gz 450 40.92 50.27 51.21 51.60 51.64 51.47 51.62 62.04
2_pools.trace.gz 1000 49.52 54.41 54.45 54.36 54.38 54.24 54.33 68.52
cpp.trace.gz 100 54.01 69.71 71.36 69.54 76.57 73.38 77.04 82.51
zigzag.trace.gz 1000 43.27 48.03 48.03 48.03 12.62 26.44 46.11 48.03
web07.trace.xz 1024 47.51 50.56 51.16 53.44 54.23 53.16 53.21 63.72
web07.trace.xz 2048 52.78 55.66 56.24 57.93 58.11 56.98 58.06 68.09
corda-vaultservice.gz 512 33.33 33.33 33.33 0.38 33.33 33.33 33.30 33.33
corda-vaultservice.gz 4523 33.33 33.33 33.33 3.33 33.33 33.33 33.30 33.33`

const LARGE = `
OLTP.lis.zst 250 14.74 16.47 16.88 11.81 21.64 22.64 21.23 38.43
OLTP.lis.zst 500 20.21 23.45 24.08 20.62 32.63 33.27 30.46 46.42
OLTP.lis.zst 1000 27.94 32.83 33.27 32.56 40.81 40.52 38.94 53.61
OLTP.lis.zst 2000 36.82 42.47 43.03 41.19 46.96 46.51 46.08 60.40
OLTP.lis.zst 5000 49.12 53.65 53.83 51.89 55.86 55.73 55.25 68.27
OLTP.lis.zst 10000 56.80 60.70 60.98 60.47 62.59 62.58 61.87 73.02
OLTP.lis.zst 15000 60.96 64.63 64.77 65.10 65.97 65.72 65.40 75.14
P2.lis.zst 32768 17.23 18.47 19.22 25.12 30.81 28.27 27.38 46.46
orm-busy.trace.xz 763 75.82 77.03 76.78 70.53 75.64 76.49 76.75 82.82
orm-busy.trace.xz 3817 83.04 84.13 84.04 83.89 85.25 85.53 84.32 90.18
scarab-recs.trace.xz 12918 47.66 51.71 52.15 53.86 55.80 55.06 54.86 69.04
scarab-recs.trace.xz 25837 56.44 60.60 60.87 60.91 62.74 62.30 62.34 75.03`

export interface Pinned {
  readonly trace: string
  readonly size: number
  readonly policy: (typeof COLUMNS)[number]
  readonly percent: number
}

function parse(table: string): Pinned[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [trace = '', size, ...percents] = line.split(' ')
      return COLUMNS.map((policy, at) => ({ trace, size: Number(size), policy, percent: Number(percents[at]) }))
    })
}

/** Traces of up to 500,000 requests. */
export const SMALL_PINNED: readonly Pinned[] = parse(SMALL)
export const LARGE_PINNED: readonly Pinned[] = parse(LARGE)
