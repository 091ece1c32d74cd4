// What other routers answer otherwise than packages/router/test/conformance.ts asks, by case. conformance.test.ts checks that
// the list is complete and that every entry shows.

interface KnownDifference {
  readonly reason: string
  /** `method path`, or `registration` when the routes of the case are refused. */
  readonly requests: readonly string[]
}

export const knownDifferences: Readonly<Record<string, Readonly<Record<string, KnownDifference>>>> = {
  legacy: {
    'CONNECT, TRACE and methods of one’s own': {
      reason: 'methods outside its list are lost',
      requests: ['CONNECT /c', 'TRACE /c', 'M-SEARCH /c', 'X1 /d/1'],
    },
    'HEAD is answered by GET': { reason: 'HEAD finds HEAD routes only', requests: ['HEAD /s', 'HEAD /d/me'] },
    'a dead end goes back to the next alternative': {
      reason: 'the value of a wildcard is not captured',
      requests: ['GET /a/b/e', 'GET /a/b/c/g'],
    },
    'a doubled colon is a colon': {
      reason: 'knows no escape for a colon',
      requests: ['POST /v1/models/gpt:predict', 'POST /v1/models:list', 'GET /:7'],
    },
    'a malformed escape is left as it is': {
      reason: 'decodes nothing, captures no wildcard',
      requests: ['GET /u/%zz/%41', 'GET /w/%41/%E0%A4'],
    },
    'a route without the method hides nothing': {
      reason: 'the value of a wildcard is not captured',
      requests: ['POST /a/b'],
    },
    constraints: {
      reason: 'knows none: the whole segment is the name',
      requests: ['GET /users/42', 'GET /users/4x2', 'GET /users/x42', 'GET /posts/a-b/edit', 'GET /posts/a1/edit'],
    },
    'constraints beside text, and on values as the handler gets them': {
      reason: 'knows none: the whole segment is the name',
      requests: ['GET /v1.2/x', 'GET /v1.b/x', 'GET /e/a%40b.c'],
    },
    'names and segments of Object.prototype': {
      reason: 'params have a prototype',
      requests: ['GET /p/constructor', 'GET /p/a/b'],
    },
    'one parameter': { reason: 'dynamic routes ignore empty segments', requests: ['GET /api/users/42/'] },
    'parameter with a tail, and two parameters': {
      reason: 'names are shared between routes ({id, postId}); empty segments are ignored',
      requests: ['GET /api/users/1/posts/2', 'GET /api/users//posts', 'GET /api/users/1/posts/'],
    },
    'prefix parameter': {
      reason: 'text beside a parameter makes the route static: it is never found',
      requests: ['GET /api/v2/users', 'GET /api/versions/users'],
    },
    'priority decides between dynamic routes': {
      reason: 'the priority is ignored, the last of two equal routes wins',
      requests: ['GET /x/1', 'GET /y/1', 'GET /z/b', 'GET /q/r'],
    },
    'routes of every method': {
      reason: 'methods outside its list are lost',
      requests: ['POST /p/1', 'PURGE /p', 'GET /s', 'BREW /s', 'HEAD /d/1', 'DELETE /d/1'],
    },
    'several parameters in one segment': {
      reason: 'a segment is one parameter',
      requests: [
        'GET /flights/zrh-oslo',
        'GET /flights/a-b-c',
        'GET /flights/--c',
        'GET /flights/---',
        'GET /flights/a-',
        'GET /flights/-b',
        'GET /flights/--',
        'GET /flights/ab',
        'GET /at/12.30.59/x',
        'GET /at/12.30/x',
        'GET /at/12.30./x',
      ],
    },
    'slashes are strict, for static and dynamic routes alike': {
      reason: 'static routes are strict, dynamic ones ignore empty segments',
      requests: ['GET /d/1/', 'GET /d//1', 'GET //d/1', 'GET /e/1', 'GET /e/1//'],
    },
    'static wins over parameter, parameter over wildcard': {
      reason: 'the value of a wildcard is not captured',
      requests: ['GET /api/users/1'],
    },
    'text behind a parameter': {
      reason: 'a segment is one parameter: the text belongs to its name',
      requests: [
        'GET /f/a.json',
        'GET /f/a.json.json',
        'GET /f/a.tar.gz',
        'GET /f/.json',
        'GET /f/a',
        'GET /f/a.json/edit',
        'GET /f/a.xml/edit',
      ],
    },
    'values are percent-decoded, text is compared as it came': {
      reason: 'values are not decoded',
      requests: ['GET /u/J%C3%BCrg%20M', 'GET /u/a%2Fb', 'GET /u/%2525', 'GET /w/a%20b/c'],
    },
    'wildcard of everything': {
      reason: 'the value of a wildcard is not captured, and it needs one',
      requests: ['GET /', 'GET /a/', 'GET //', 'GET /b/c', 'GET *'],
    },
    'wildcard with its value': {
      reason: 'the value of a wildcard is not captured',
      requests: ['GET /files/a', 'GET /files/a/b/c.txt', 'GET /files/a/', 'GET /files//a', 'GET /users/7/files/x/y'],
    },
    'wildcard with nothing behind it': {
      reason: '/api/* does not match /api',
      requests: ['GET /api', 'GET /api/', 'GET /x/'],
    },
  },
  'find-my-way': {
    'CONNECT, TRACE and methods of one’s own': {
      reason: 'accepts the methods of node:http only',
      requests: ['registration'],
    },
    'HEAD is answered by GET': { reason: 'a HEAD route has to be registered', requests: ['HEAD /s', 'HEAD /d/me'] },
    'a doubled colon is a colon': {
      reason: 'no colon can stand behind a parameter',
      requests: ['POST /v1/models/gpt:predict'],
    },
    'a malformed escape is left as it is': {
      reason: 'a malformed escape is a bad URL: no route, or onBadUrl',
      requests: ['GET /u/%zz/%41', 'GET /u/%41%/%C0%AF', 'GET /w/%41/%E0%A4'],
    },
    'one parameter': { reason: 'a value may be empty', requests: ['GET /api/users/'] },
    'parameter with a tail, and two parameters': {
      reason: 'a value may be empty',
      requests: ['GET /api/users//posts', 'GET /api/users/1/posts/'],
    },
    'prefix parameter': { reason: 'a value may be empty', requests: ['GET /api/v/users'] },
    'priority decides between dynamic routes': {
      reason: 'knows no priority: the second of two equal routes is refused',
      requests: ['registration'],
    },
    'routes of every method': {
      reason: '"*" is no method; all() registers those of node:http',
      requests: ['registration'],
    },
    'several parameters in one segment': {
      reason: 'the first of two values is greedy, and a value may be empty',
      requests: ['GET /flights/a-b-c', 'GET /flights/a-', 'GET /flights/-b', 'GET /flights/--', 'GET /at/12.30./x'],
    },
    'text behind a parameter': {
      reason: 'the first of two values is greedy, and a value may be empty',
      requests: ['GET /f/a.tar.gz', 'GET /f/.json'],
    },
    'values are percent-decoded, text is compared as it came': {
      reason: 'escapes in text are decoded before it is compared',
      requests: ['GET /caf%C3%A9', 'GET /%75/x'],
    },
    'wildcard of everything': {
      reason: 'a path that does not start with a slash still matches /*',
      requests: ['GET ', 'GET *'],
    },
    'wildcard with nothing behind it': { reason: '/api/* does not match /api', requests: ['GET /api'] },
  },
  rou3: {
    'HEAD is answered by GET': { reason: 'a HEAD route has to be registered', requests: ['HEAD /s', 'HEAD /d/me'] },
    'a doubled colon is a colon': { reason: 'has another escape for a colon', requests: ['registration'] },
    'a malformed escape is left as it is': { reason: 'values are not decoded', requests: ['GET /u/%zz/%41'] },
    'constraints beside text, and on values as the handler gets them': {
      reason: 'a slash in an expression ends the segment',
      requests: ['registration'],
    },
    'one parameter': { reason: 'a trailing slash is always ignored', requests: ['GET /api/users/42/'] },
    'parameter with a tail, and two parameters': {
      reason: 'a trailing slash is always ignored',
      requests: ['GET /api/users/1/posts/'],
    },
    'priority decides between dynamic routes': {
      reason: 'knows no priority',
      requests: ['GET /x/1', 'GET /y/1', 'GET /z/b'],
    },
    root: { reason: 'an empty path is the root', requests: ['GET '] },
    'routes of every method': {
      reason: 'a wildcard with a name needs a value; HEAD goes to the route of every method, not to GET',
      requests: ['PURGE /p', 'HEAD /d/1'],
    },
    'slashes are strict, for static and dynamic routes alike': {
      reason: 'a trailing slash is always ignored',
      requests: ['GET /s/', 'GET /t', 'GET /d/1/', 'GET /e/1'],
    },
    'values are percent-decoded, text is compared as it came': {
      reason: 'values are not decoded',
      requests: ['GET /u/J%C3%BCrg%20M', 'GET /u/a%2Fb', 'GET /u/%2525', 'GET /w/a%20b/c'],
    },
    'wildcard of everything': {
      reason: 'a wildcard with a name needs a value and loses a trailing slash',
      requests: ['GET /', 'GET /a/', 'GET //'],
    },
    'wildcard with its value': {
      reason: 'a wildcard with a name loses slashes at its ends',
      requests: ['GET /files/a/', 'GET /files//a'],
    },
    'wildcard with nothing behind it': {
      reason: 'a wildcard with a name needs a value',
      requests: ['GET /api', 'GET /api/', 'GET /x/'],
    },
  },
}
