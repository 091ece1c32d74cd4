import { describe, expect, test } from 'vitest'
import { readVectors, VectorError } from './read-vectors.ts'

const config = {
  window: { type: 'count', size: 4 },
  minimumCalls: 4,
  failureRate: 0.5,
  openMs: 1000,
  halfOpen: { permits: 1, decide: 'early', maxWaitMs: 0 },
}

function line(change: object = {}, steps: unknown = [{ op: 'reset' }]): string {
  return JSON.stringify({ id: 'v', title: 't', config: { ...config, ...change }, steps })
}

describe('a file of vectors', () => {
  test('one a line; empty lines, a byte order mark, Windows line ends and unknown remarks do not matter', () => {
    const remarked = JSON.stringify({ ...JSON.parse(line()), tags: ['mine'], steps: [{ op: 'reset', note: 'why' }] })
    expect(readVectors(`\uFEFF${line()}\r\n\n${remarked}\n`, 'f').map(({ id }) => id)).toEqual(['v', 'v'])
  })

  test.each([
    ['{"id": 1', /^f:3: not JSON: /],
    ['[]', /^f:3: is \[\]; expected an object$/],
    ['{"title":"t","config":{},"steps":[]}', /^f:3: id is missing; expected a non-empty string$/],
    ['{"id":"v","title":"t","config":{},"steps":{}}', /^f:3: vector v: steps is \{\}; expected a list$/],
    [line({ halfOpn: 1 }), /^f:3: vector v: config has the unknown key "halfOpn"; did you mean halfOpen\? \(known: /],
    [line({ window: { type: 'tme' } }), /config\.window\.type is "tme"; expected one of .*did you mean time\?/],
    [line({ window: { type: 'time', ms: 1000, bucketMs: 300 } }), /bucketMs is 300; expected a divisor of ms \(1000\)/],
    [line({ window: { type: 'count', size: 4, ms: 3 } }), /config\.window has the unknown key "ms"/],
    [line({ window: { type: 'consecutive' } }), /config\.consecutiveFailures is missing/],
    [line({ failureRate: 50 }), /config\.failureRate is 50; expected a number from 0 to 1/],
    [line({ halfOpen: { permits: 0, decide: 'full' } }), /config\.halfOpen\.permits is 0; expected a whole number/],
    [line({ halfOpen: { permits: 1, decide: 'full', maxWait: 1 } }), /unknown key "maxWait"; did you mean maxWaitMs/],
    [line({ backoff: 2 }), /config\.backoff is 2; expected an object/],
    [line({}, [{ op: 'aquire', call: 'a' }]), /steps\[0\]\.op is "aquire"; expected .*did you mean acquire\?/],
    [line({}, [{ op: 'toString' }]), /steps\[0\]\.op is "toString"/],
    [line({}, [{ op: 'acquire' }]), /steps\[0\]\.call is missing/],
    [
      line({}, [{ op: 'reset' }, { op: 'call', outcome: 'failed' }]),
      /steps\[1\]\.outcome is "failed"; expected one of/,
    ],
    [line({}, [{ op: 'advance', ms: -1 }]), /steps\[0\]\.ms is -1; expected a whole number of 0 or more/],
    [
      line({}, [{ op: 'reset', expect: { sate: 'open' } }]),
      /steps\[0\]\.expect has the unknown key "sate"; did you mean/,
    ],
    [line({}, [{ op: 'force', to: 'OPEN' }]), /steps\[0\]\.to is "OPEN"; expected one of/],
  ])('%s', (third, message) => {
    expect(() => readVectors(`${line()}\n\n${third}\n`, 'f')).toThrow(VectorError)
    expect(() => readVectors(`${line()}\n\n${third}\n`, 'f')).toThrow(message)
  })

  test('without a vector', () => {
    expect(() => readVectors(' \n', 'f')).toThrow('f: holds no vector')
  })
})
