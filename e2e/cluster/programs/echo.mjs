// A backend: says what came, and who answers. On SIGTERM it ends when its connections have, or at once with EXIT_AT_ONCE=1.
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const server = createServer((request, response) => {
  const { method, url, headers } = request;
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ pod: hostname(), method, url, headers }));
  });
});
server.listen(8080);
process.on('SIGTERM', () => {
  if (process.env.EXIT_AT_ONCE === '1') process.exit(0);
  server.close(() => process.exit(0));
});
