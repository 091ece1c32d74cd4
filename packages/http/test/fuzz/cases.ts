// What fuzzing has found, minimized. Each is replayed by cases.test.ts, in process and over sockets.

export interface FuzzCase {
  readonly name: string
  readonly kind: 'request' | 'response'
  readonly message: string
}

export const cases: readonly FuzzCase[] = [
  {
    name: 'a byte behind the CR of the empty line was not looked at before the next line end',
    kind: 'request',
    message: 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r00000/../00',
  },
  {
    name: 'HTTP/1.0 without Host went on as HTTP/1.1 without Host',
    kind: 'request',
    message: 'GET / HTTP/1.0\r\n\r\n',
  },
  {
    name: 'a Connection that is no list of names was passed by engine node',
    kind: 'request',
    message: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-ali@\r\n\r\n',
  },
  {
    name: 'two Expect lines were passed by engine node',
    kind: 'request',
    message: 'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok',
  },
  {
    name: 'an expectation that holds the word was passed by engine node',
    kind: 'request',
    message: 'PUT / HTTP/1.1\r\nHost: a\r\nExpect: %100-continue\r\nContent-Length: 2\r\n\r\nok',
  },
  {
    name: 'a TAB behind chunked is a blank for engine net only',
    kind: 'request',
    message: 'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\t\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
  },
]
