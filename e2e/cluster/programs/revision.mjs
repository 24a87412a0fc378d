// A backend of one revision, which says so with each answer. By its environment: FAIL_EVERY=N fails each Nth request, SLOW_EVERY=N takes SLOW_MS
// for each Nth, CRASHES=1 ends at once, UNREADY=1 never is ready. A request to /held gets no answer. On SIGTERM it ends when its
// connections have.
import { createServer } from 'node:http';

const { REVISION, FAIL_EVERY, SLOW_EVERY, SLOW_MS, CRASHES, UNREADY } = process.env;
if (CRASHES === '1') process.exit(1);

let count = 0;
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.url === '/ready') return answer(response, UNREADY === '1' ? 503 : 200);
    if (request.url === '/held') return;
    count += 1;
    const status = isEach(FAIL_EVERY) ? 500 : 200;
    if (isEach(SLOW_EVERY)) setTimeout(() => answer(response, status), Number(SLOW_MS));
    else answer(response, status);
  });
});
server.listen(8080);
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

function isEach(every) {
  return every !== undefined && count % Number(every) === 0;
}

function answer(response, status) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ revision: REVISION }));
}
