// What a router of this kind must answer, as data: any implementation with `register` and `match` can be held to it.
// A route's handler is its pattern (with `#n` behind it where a pattern occurs twice in a case).

export interface ConformanceCase {
  readonly name: string
  /** Features that a contender may lack; cases with them can be left out by name. */
  readonly needs?: readonly Feature[]
  readonly routes: readonly (readonly [method: string, path: string, handler?: string, priority?: number])[]
  readonly requests: readonly (readonly [
    method: string,
    path: string,
    handler: string | null,
    params?: Readonly<Record<string, string>>,
  ])[]
}

export type Feature =
  | 'any-method'
  | 'colon-escape'
  | 'constraint'
  | 'custom-methods'
  | 'head'
  | 'malformed-escape'
  | 'priority'
  | 'split-segment'
  | 'wildcard-empty'

export const conformance: readonly ConformanceCase[] = [
  {
    name: 'empty router',
    routes: [],
    requests: [
      ['GET', '/', null],
      ['GET', '/a', null],
    ],
  },
  {
    name: 'root',
    routes: [['GET', '/']],
    requests: [
      ['GET', '/', '/', {}],
      ['GET', '//', null],
      ['GET', '/a', null],
      ['POST', '/', null],
      ['GET', '', null],
      ['OPTIONS', '*', null],
    ],
  },
  {
    name: 'static routes that share beginnings',
    routes: [
      ['GET', '/api'],
      ['GET', '/api/users'],
      ['GET', '/api/users/me'],
      ['POST', '/api/users', 'create'],
    ],
    requests: [
      ['GET', '/api', '/api', {}],
      ['GET', '/api/users', '/api/users', {}],
      ['POST', '/api/users', 'create', {}],
      ['GET', '/api/users/me', '/api/users/me', {}],
      ['GET', '/api/use', null],
      ['GET', '/api/usersx', null],
      ['GET', '/API', null],
      ['PUT', '/api/users', null],
    ],
  },
  {
    name: 'one parameter',
    routes: [['GET', '/api/users/:id']],
    requests: [
      ['GET', '/api/users/42', '/api/users/:id', { id: '42' }],
      ['GET', '/api/users/a.b-c~d', '/api/users/:id', { id: 'a.b-c~d' }],
      ['GET', '/api/users/:id', '/api/users/:id', { id: ':id' }],
      ['GET', '/api/users', null],
      ['GET', '/api/users/', null],
      ['GET', '/api/users/42/', null],
      ['GET', '/api/users/42/posts', null],
    ],
  },
  {
    name: 'parameter with a tail, and two parameters',
    routes: [
      ['GET', '/api/users/:id'],
      ['GET', '/api/users/:id/posts'],
      ['GET', '/api/users/:userId/posts/:postId'],
    ],
    requests: [
      ['GET', '/api/users/1', '/api/users/:id', { id: '1' }],
      ['GET', '/api/users/1/posts', '/api/users/:id/posts', { id: '1' }],
      ['GET', '/api/users/1/posts/2', '/api/users/:userId/posts/:postId', { userId: '1', postId: '2' }],
      ['GET', '/api/users/1/post', null],
      ['GET', '/api/users//posts', null],
      ['GET', '/api/users/1/posts/', null],
    ],
  },
  {
    name: 'static wins over parameter, parameter over wildcard',
    routes: [
      ['GET', '/api/*'],
      ['GET', '/api/:name'],
      ['GET', '/api/users'],
    ],
    requests: [
      ['GET', '/api/users', '/api/users', {}],
      ['GET', '/api/user', '/api/:name', { name: 'user' }],
      ['GET', '/api/users2', '/api/:name', { name: 'users2' }],
      ['GET', '/api/users/1', '/api/*', { '*': 'users/1' }],
    ],
  },
  {
    name: 'a dead end goes back to the next alternative',
    routes: [
      ['GET', '/a/b/c'],
      ['GET', '/a/:x/d'],
      ['GET', '/:y/b/e'],
      ['GET', '/a/b/:z/f'],
      ['GET', '/a/*'],
    ],
    requests: [
      ['GET', '/a/b/c', '/a/b/c', {}],
      ['GET', '/a/b/d', '/a/:x/d', { x: 'b' }],
      ['GET', '/a/b/e', '/a/*', { '*': 'b/e' }],
      ['GET', '/q/b/e', '/:y/b/e', { y: 'q' }],
      ['GET', '/a/b/c/f', '/a/b/:z/f', { z: 'c' }],
      ['GET', '/a/b/c/g', '/a/*', { '*': 'b/c/g' }],
    ],
  },
  {
    name: 'reading from the left, text wins over a parameter',
    routes: [
      ['GET', '/:a/b'],
      ['GET', '/a/:b'],
      ['GET', '/:a/:b'],
      ['GET', '/a/*'],
    ],
    requests: [
      ['GET', '/a/b', '/a/:b', { b: 'b' }],
      ['GET', '/x/b', '/:a/b', { a: 'x' }],
      ['GET', '/x/y', '/:a/:b', { a: 'x', b: 'y' }],
    ],
  },
  {
    name: 'prefix parameter',
    routes: [
      ['GET', '/api/v:version/users'],
      ['GET', '/api/version/users'],
      ['GET', '/api/:name/users'],
    ],
    requests: [
      ['GET', '/api/v2/users', '/api/v:version/users', { version: '2' }],
      ['GET', '/api/version/users', '/api/version/users', {}],
      ['GET', '/api/versions/users', '/api/v:version/users', { version: 'ersions' }],
      ['GET', '/api/v/users', '/api/:name/users', { name: 'v' }],
      ['GET', '/api/w2/users', '/api/:name/users', { name: 'w2' }],
    ],
  },
  {
    name: 'several parameters in one segment',
    needs: ['split-segment'],
    routes: [
      ['GET', '/flights/:from-:to'],
      ['GET', '/at/:h.:m.:s/x'],
    ],
    requests: [
      ['GET', '/flights/zrh-oslo', '/flights/:from-:to', { from: 'zrh', to: 'oslo' }],
      ['GET', '/flights/a-b-c', '/flights/:from-:to', { from: 'a', to: 'b-c' }],
      ['GET', '/flights/--c', '/flights/:from-:to', { from: '-', to: 'c' }],
      ['GET', '/flights/---', '/flights/:from-:to', { from: '-', to: '-' }],
      ['GET', '/flights/a-', null],
      ['GET', '/flights/-b', null],
      ['GET', '/flights/--', null],
      ['GET', '/flights/a/b-c', null],
      ['GET', '/flights/ab', null],
      ['GET', '/at/12.30.59/x', '/at/:h.:m.:s/x', { h: '12', m: '30', s: '59' }],
      ['GET', '/at/12.30/x', null],
      ['GET', '/at/12.30./x', null],
    ],
  },
  {
    name: 'text behind a parameter',
    needs: ['split-segment'],
    routes: [
      ['GET', '/f/:name.json'],
      ['GET', '/f/:name.:ext'],
      ['GET', '/f/:name'],
      ['GET', '/f/:name.json/edit'],
    ],
    requests: [
      ['GET', '/f/a.json', '/f/:name.json', { name: 'a' }],
      ['GET', '/f/a.json.json', '/f/:name.json', { name: 'a.json' }],
      ['GET', '/f/a.tar.gz', '/f/:name.:ext', { name: 'a', ext: 'tar.gz' }],
      ['GET', '/f/.json', '/f/:name', { name: '.json' }],
      ['GET', '/f/a', '/f/:name', { name: 'a' }],
      ['GET', '/f/a.json/edit', '/f/:name.json/edit', { name: 'a' }],
      ['GET', '/f/a.xml/edit', null],
    ],
  },
  {
    name: 'constraints',
    needs: ['constraint'],
    routes: [
      ['GET', '/users/:id(\\d+)'],
      ['GET', '/users/:name'],
      ['GET', '/users/me'],
      ['GET', '/posts/:slug([a-z-]+)/edit'],
    ],
    requests: [
      ['GET', '/users/42', '/users/:id(\\d+)', { id: '42' }],
      ['GET', '/users/4x2', '/users/:name', { name: '4x2' }],
      ['GET', '/users/x42', '/users/:name', { name: 'x42' }],
      ['GET', '/users/me', '/users/me', {}],
      ['GET', '/posts/a-b/edit', '/posts/:slug([a-z-]+)/edit', { slug: 'a-b' }],
      ['GET', '/posts/a1/edit', null],
    ],
  },
  {
    name: 'constraints beside text, and on values as the handler gets them',
    needs: ['constraint', 'split-segment'],
    routes: [
      ['GET', '/v:major(\\d+).:minor(\\d+)/x'],
      ['GET', '/v:version/x'],
      ['GET', '/e/:mail([^/]+@[^/]+)'],
    ],
    requests: [
      ['GET', '/v1.2/x', '/v:major(\\d+).:minor(\\d+)/x', { major: '1', minor: '2' }],
      ['GET', '/v1.b/x', '/v:version/x', { version: '1.b' }],
      ['GET', '/e/a%40b.c', '/e/:mail([^/]+@[^/]+)', { mail: 'a@b.c' }],
    ],
  },
  {
    name: 'wildcard with its value',
    routes: [
      ['GET', '/files/*'],
      ['GET', '/users/:id/files/*'],
    ],
    requests: [
      ['GET', '/files/a', '/files/*', { '*': 'a' }],
      ['GET', '/files/a/b/c.txt', '/files/*', { '*': 'a/b/c.txt' }],
      ['GET', '/files/a/', '/files/*', { '*': 'a/' }],
      ['GET', '/files//a', '/files/*', { '*': '/a' }],
      ['GET', '/files2/a', null],
      ['GET', '/users/7/files/x/y', '/users/:id/files/*', { id: '7', '*': 'x/y' }],
    ],
  },
  {
    name: 'wildcard with nothing behind it',
    needs: ['wildcard-empty'],
    routes: [
      ['GET', '/api/*'],
      ['GET', '/:name'],
      ['GET', '/:name/*'],
    ],
    requests: [
      ['GET', '/api', '/api/*', { '*': '' }],
      ['GET', '/api/', '/api/*', { '*': '' }],
      ['GET', '/apis', '/:name', { name: 'apis' }],
      ['GET', '/x/', '/:name/*', { name: 'x', '*': '' }],
    ],
  },
  {
    name: 'wildcard of everything',
    needs: ['wildcard-empty'],
    routes: [
      ['GET', '/*'],
      ['GET', '/a'],
    ],
    requests: [
      ['GET', '/', '/*', { '*': '' }],
      ['GET', '/a', '/a', {}],
      ['GET', '/a/', '/*', { '*': 'a/' }],
      ['GET', '//', '/*', { '*': '/' }],
      ['GET', '/b/c', '/*', { '*': 'b/c' }],
      ['GET', '', null],
      ['GET', '*', null],
    ],
  },
  {
    name: 'slashes are strict, for static and dynamic routes alike',
    routes: [
      ['GET', '/s'],
      ['GET', '/t/'],
      ['GET', '/d/:id'],
      ['GET', '/e/:id/'],
    ],
    requests: [
      ['GET', '/s/', null],
      ['GET', '//s', null],
      ['GET', '/t', null],
      ['GET', '/t/', '/t/', {}],
      ['GET', '/t//', null],
      ['GET', '/d/1/', null],
      ['GET', '/d//1', null],
      ['GET', '//d/1', null],
      ['GET', '/e/1', null],
      ['GET', '/e/1/', '/e/:id/', { id: '1' }],
      ['GET', '/e/1//', null],
    ],
  },
  {
    name: 'values are percent-decoded, text is compared as it came',
    routes: [
      ['GET', '/u/:name'],
      ['GET', '/w/*'],
      ['GET', '/caf%C3%A9'],
    ],
    requests: [
      ['GET', '/u/J%C3%BCrg%20M', '/u/:name', { name: 'Jürg M' }],
      ['GET', '/u/a%2Fb', '/u/:name', { name: 'a/b' }],
      ['GET', '/u/a+b', '/u/:name', { name: 'a+b' }],
      ['GET', '/u/%2525', '/u/:name', { name: '%25' }],
      ['GET', '/w/a%20b/c', '/w/*', { '*': 'a b/c' }],
      ['GET', '/caf%C3%A9', '/caf%C3%A9', {}],
      ['GET', '/%75/x', null],
    ],
  },
  {
    name: 'a malformed escape is left as it is',
    needs: ['malformed-escape'],
    routes: [
      ['GET', '/u/:a/:b'],
      ['GET', '/w/*'],
    ],
    requests: [
      ['GET', '/u/%zz/%41', '/u/:a/:b', { a: '%zz', b: 'A' }],
      ['GET', '/u/%41%/%C0%AF', '/u/:a/:b', { a: '%41%', b: '%C0%AF' }],
      ['GET', '/w/%41/%E0%A4', '/w/*', { '*': '%41/%E0%A4' }],
    ],
  },
  {
    name: 'a route without the method hides nothing',
    routes: [
      ['GET', '/a/b'],
      ['PUT', '/a/:x'],
      ['POST', '/a/*'],
    ],
    requests: [
      ['GET', '/a/b', '/a/b', {}],
      ['PUT', '/a/b', '/a/:x', { x: 'b' }],
      ['POST', '/a/b', '/a/*', { '*': 'b' }],
      ['DELETE', '/a/b', null],
    ],
  },
  {
    name: 'HEAD is answered by GET',
    needs: ['head'],
    routes: [
      ['GET', '/s'],
      ['GET', '/d/:id'],
      ['HEAD', '/d/:id', 'head'],
      ['GET', '/d/me', 'get me'],
      ['POST', '/p'],
    ],
    requests: [
      ['HEAD', '/s', '/s', {}],
      ['HEAD', '/d/1', 'head', { id: '1' }],
      ['HEAD', '/d/me', 'get me', {}],
      ['HEAD', '/p', null],
    ],
  },
  {
    name: 'routes of every method',
    needs: ['any-method'],
    routes: [
      ['*', '/p/*'],
      ['GET', '/p/:x'],
      ['*', '/s', 'any'],
      ['PUT', '/s', 'put'],
      ['*', '/d/:y', 'any d'],
      ['GET', '/d/:y', 'get d'],
    ],
    requests: [
      ['GET', '/p/1', '/p/:x', { x: '1' }],
      ['POST', '/p/1', '/p/*', { '*': '1' }],
      ['PURGE', '/p', '/p/*', { '*': '' }],
      ['PUT', '/s', 'put', {}],
      ['GET', '/s', 'any', {}],
      ['BREW', '/s', 'any', {}],
      ['GET', '/d/1', 'get d', { y: '1' }],
      ['HEAD', '/d/1', 'get d', { y: '1' }],
      ['DELETE', '/d/1', 'any d', { y: '1' }],
    ],
  },
  {
    name: 'CONNECT, TRACE and methods of one’s own',
    needs: ['custom-methods'],
    routes: [
      ['CONNECT', '/c'],
      ['TRACE', '/c', 'trace'],
      ['M-SEARCH', '/c', 'search'],
      ['X1', '/d/:id'],
    ],
    requests: [
      ['CONNECT', '/c', '/c', {}],
      ['TRACE', '/c', 'trace', {}],
      ['M-SEARCH', '/c', 'search', {}],
      ['X1', '/d/1', '/d/:id', { id: '1' }],
      ['GET', '/c', null],
      ['connect', '/c', null],
    ],
  },
  {
    name: 'priority decides between dynamic routes',
    needs: ['priority'],
    routes: [
      ['GET', '/x/:id', 'low', 0],
      ['GET', '/x/:name', 'high', 5],
      ['GET', '/y/*', 'y rest', 1],
      ['GET', '/y/:id', 'y id'],
      ['GET', '/:a/b', 'b', 2],
      ['GET', '/z/:b', 'z'],
      ['GET', '/*', 'last', -1],
    ],
    requests: [
      ['GET', '/x/1', 'high', { name: '1' }],
      ['GET', '/y/1', 'y rest', { '*': '1' }],
      ['GET', '/z/b', 'b', { a: 'z' }],
      ['GET', '/z/c', 'z', { b: 'c' }],
      ['GET', '/q/r', 'last', { '*': 'q/r' }],
    ],
  },
  {
    name: 'no priority lifts a dynamic route over a static one',
    needs: ['priority'],
    routes: [
      ['GET', '/a/b'],
      ['GET', '/a/:x', 'x', 1000],
    ],
    requests: [['GET', '/a/b', '/a/b', {}]],
  },
  {
    name: 'a doubled colon is a colon',
    needs: ['colon-escape', 'split-segment'],
    routes: [
      ['POST', '/v1/models/:model::predict'],
      ['POST', '/v1/models::list'],
      ['GET', '/:::x'],
    ],
    requests: [
      ['POST', '/v1/models/gpt:predict', '/v1/models/:model::predict', { model: 'gpt' }],
      ['POST', '/v1/models:list', '/v1/models::list', {}],
      ['GET', '/:7', '/:::x', { x: '7' }],
    ],
  },
  {
    name: 'names and segments of Object.prototype',
    routes: [
      ['GET', '/__proto__'],
      ['GET', '/constructor/:constructor'],
      ['GET', '/p/:__proto__'],
      ['GET', '/p/:toString/:hasOwnProperty'],
      ['GET', '/:a/valueOf'],
    ],
    requests: [
      ['GET', '/__proto__', '/__proto__', {}],
      ['GET', '/constructor', null],
      ['GET', '/toString', null],
      ['GET', '/constructor/__proto__', '/constructor/:constructor', { constructor: '__proto__' }],
      ['GET', '/p/constructor', '/p/:__proto__', Object.fromEntries([['__proto__', 'constructor']])],
      ['GET', '/p/a/b', '/p/:toString/:hasOwnProperty', { toString: 'a', hasOwnProperty: 'b' } as never],
      ['GET', '/__proto__/valueOf', '/:a/valueOf', { a: '__proto__' }],
      ['__proto__', '/__proto__', null],
      ['constructor', '/__proto__', null],
    ],
  },
]
