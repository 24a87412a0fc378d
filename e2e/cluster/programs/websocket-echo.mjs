// A backend for WebSockets (RFC 6455): sends each short message back.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MASKED_HEAD_BYTES = 6;

const server = createServer((_, response) => response.end());
server.on('upgrade', ({ headers }, socket) => {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${SUFFIX}`).digest('base64');
  const fields = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Accept: ${accept}`];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields.join('\r\n')}\r\n\r\n`);
  let unread = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', chunk => (unread = answer(socket, Buffer.concat([unread, chunk]))));
});
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));

/** Sends all whole frames back, without the mask that clients give them; a close ends the connection. Gives the rest. */
function answer(socket, bytes) {
  while (bytes.length >= MASKED_HEAD_BYTES) {
    const end = MASKED_HEAD_BYTES + (bytes[1] & 0x7f);
    if (bytes.length < end) break;
    const payload = bytes.subarray(MASKED_HEAD_BYTES, end).map((byte, i) => byte ^ bytes[2 + (i % 4)]);
    socket.write(Buffer.concat([Buffer.from([bytes[0], payload.length]), payload]));
    if ((bytes[0] & 0x0f) === 0x8) socket.end();
    bytes = bytes.subarray(end);
  }
  return bytes;
}
