import type { Format } from './traces/formats.ts'

export interface KnownTrace {
  readonly file: string
  readonly format: Format
  /** Where the public original is: repository @ commit : path. */
  readonly source: string
  /** Sizes of the 31 points. */
  readonly sizes: readonly number[]
  /** Requests of web and application caches, not blocks of a disk. */
  readonly web?: true
}

const MOKA = 'moka-rs/cache-trace @ ef0a9de : arc/'
const CAFFEINE =
  'ben-manes/caffeine @ ccef955 : simulator/src/main/resources/com/github/benmanes/caffeine/cache/simulator/parser/'

const lirs = (name: string, ...sizes: number[]): KnownTrace => {
  return { file: `${name}.trace.gz`, format: 'lirs', source: `${CAFFEINE}lirs/`, sizes }
}

/** The public traces of the proof table and the sizes that are compared. */
export const KNOWN_TRACES: readonly KnownTrace[] = [
  { file: 'OLTP.lis.zst', format: 'arc', source: MOKA, sizes: [250, 500, 1000, 2000, 5000, 10_000, 15_000] },
  lirs('gli', 500, 1000, 1500, 2000),
  { file: 'P2.lis.zst', format: 'arc', source: MOKA, sizes: [32_768] },
  lirs('loop', 512, 900),
  lirs('multi1', 1000),
  lirs('multi3', 1000, 2000),
  lirs('sprite', 200, 600),
  lirs('2_pools', 450, 1000),
  lirs('cpp', 100),
  lirs('zigzag', 1000),
  { file: 'orm-busy.trace.xz', format: 'cache2k', source: `${CAFFEINE}cache2k/`, sizes: [763, 3817], web: true },
  { file: 'web07.trace.xz', format: 'cache2k', source: `${CAFFEINE}cache2k/`, sizes: [1024, 2048], web: true },
  { file: 'corda-vaultservice.gz', format: 'int64be', source: `${CAFFEINE}corda/`, sizes: [512, 4523], web: true },
  {
    file: 'scarab-recs.trace.xz',
    format: 'int64be',
    source: `${CAFFEINE}scarab/`,
    sizes: [12_918, 25_837],
    web: true,
  },
]

export function knownTrace(file: string): KnownTrace | undefined {
  return KNOWN_TRACES.find((known) => known.file === file)
}
