// SPDX-License-Identifier: Apache-2.0
// `node authorizer.ts PORT`: a service that decides who may call, over HTTP. It is asked with the method and path of the request.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

const SIGN_IN = 'https://login.example/';

/** Who has which session; a real service would ask its database. */
const SESSIONS: ReadonlyMap<string, string> = new Map([
  ['session=example-of-ann', 'ann'],
  ['session=example-of-bob', 'bob'],
]);

const port = Number(process.argv[2]);
createServer(decide).listen(port, '127.0.0.1', () => {
  console.log(`the authorizer listens on http://127.0.0.1:${port}/`);
});

/** 200 admits, and says who it is; any other answer is what the caller gets. */
function decide(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const user = SESSIONS.get(request.headers.cookie ?? '');
  if (user === undefined) {
    response.writeHead(302, { location: SIGN_IN }).end();
  } else if (request.method !== 'GET' && user !== 'ann') {
    response.writeHead(403, { 'content-type': 'text/plain' }).end(`${user} may only look\n`);
  } else {
    response.writeHead(200, { 'x-user': user }).end();
  }
}
