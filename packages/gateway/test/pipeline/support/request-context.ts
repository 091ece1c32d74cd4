import type { HeaderView, RequestContext, ResponseHeaders } from '@breakwater/http'

/** What a step answered. */
export interface RecordedAnswer {
  status: number
  headers: ResponseHeaders
  body: string
}

export interface FakeRequest {
  readonly method?: string
  readonly path?: string
  readonly search?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly route?: unknown
  readonly status?: number
  readonly scheme?: 'http' | 'https'
  readonly httpVersion?: string
}

/** A context without an engine: answers are recorded, nothing is sent. */
export function requestContext(request: FakeRequest): RequestContext & { readonly answers: RecordedAnswer[] } {
  const { method = 'GET', path = '/', search = '', headers = {}, route = undefined, status = 0 } = request
  const answers: RecordedAnswer[] = []
  const view: HeaderView = {
    get: (name) => headers[name],
    has: (name) => name in headers,
    raw: Object.entries(headers).flat(),
  }
  return {
    answers,
    requestId: 'request-1',
    method,
    target: path + search,
    path,
    search,
    query: new URLSearchParams(search),
    httpVersion: request.httpVersion ?? '1.1',
    headers: view,
    params: {},
    route,
    remoteAddress: '127.0.0.1',
    clientAddress: '127.0.0.1',
    scheme: request.scheme ?? 'http',
    clientCertificate: null,
    timestamps: {
      start: 0,
      routeMatch: 0,
      pluginStart: 0,
      pluginEnd: 0,
      upstreamStart: 0,
      upstreamHead: 0,
      upstreamEnd: 0,
    },
    responded: false,
    status,
    bytesSent: 0,
    signal: new AbortController().signal,
    upgradeProtocol: '',
    state: Object.create(null) as Record<string, unknown>,
    attachment: null,
    setResponseHeader() {},
    respond(code, answerHeaders = {}, body = '') {
      answers.push({ status: code, headers: answerHeaders, body: body.toString() })
    },
    forward() {
      throw new Error('this context has no engine')
    },
    upgrade() {
      throw new Error('this context has no engine')
    },
    readBody: () => Promise.resolve(new Uint8Array(0)),
    json: () => Promise.resolve(null),
    stream() {
      throw new Error('this context has no engine')
    },
  }
}
