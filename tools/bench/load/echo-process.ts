// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import {
  FLAG,
  FRAME,
  endsStream,
  type Frame,
  FrameSplitter,
  PREFACE,
  renderAcknowledgement,
  renderFields,
  renderFrame,
  renderOpening,
} from './http2-frames.ts';
import { MessageSplitter, renderMessage } from './websocket-frames.ts';

// Arguments: `grpc` or `websocket`, PORT, ADDRESS…
const [kind, port, ...addresses] = process.argv.slice(2);

const HEAD_END = '\r\n\r\n';
/** What a server appends to a client's key before it hashes it (RFC 6455 §1.3). */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** `:status: 200` is in the static table (RFC 7541, appendix A). */
const HEAD = Buffer.concat([Buffer.from([0x88]), renderFields({ 'content-type': 'application/grpc' })]);
const TRAILERS = renderFields({ 'grpc-status': '0' });

/** Gives every message of a stream back, and ends it with status 0 when the client has ended. */
function serveGrpc(socket: Socket): void {
  let prefaceBytes = 0;
  const splitter = new FrameSplitter(frame => {
    for (const answer of answersTo(frame)) socket.write(answer);
  });
  socket.write(renderOpening());
  socket.on('data', (chunk: Buffer) => {
    const skipped = Math.min(PREFACE.length - prefaceBytes, chunk.length);
    prefaceBytes += skipped;
    // What comes in one read goes out in one write.
    socket.cork();
    splitter.push(chunk.subarray(skipped));
    socket.uncork();
  });
}

function answersTo(frame: Frame): readonly Buffer[] {
  const { type, flags, streamId, payload } = frame;
  const acknowledgement = renderAcknowledgement(frame);
  if (acknowledgement !== undefined) return [acknowledgement];
  const answers: Buffer[] = [];
  if (type === FRAME.headers) answers.push(renderFrame({ type, flags: FLAG.endHeaders, streamId, payload: HEAD }));
  if (type === FRAME.data && payload.length > 0) answers.push(renderFrame({ type, flags: 0, streamId, payload }));
  if (endsStream(type, flags)) {
    answers.push(renderFrame({ type: FRAME.headers, flags: FLAG.endHeaders | FLAG.endStream, streamId, payload: TRAILERS }));
  }
  return answers;
}

/** Agrees to the handshake and gives every message back. */
function serveWebSocket(socket: Socket): void {
  socket.setNoDelay(true);
  const splitter = new MessageSplitter(payload => socket.write(renderMessage(payload, false)));
  let head = '';
  const onHead = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    if (!head.includes(HEAD_END)) return;
    const key = /^sec-websocket-key: *(.*?) *$/im.exec(head)?.[1] ?? '';
    const accept = createHash('sha1')
      .update(key.trim() + KEY_SUFFIX)
      .digest('base64');
    socket.off('data', onHead);
    socket.on('data', (bytes: Buffer) => {
      splitter.push(bytes);
    });
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}${HEAD_END}`,
    );
  };
  socket.on('data', onHead);
}

for (const address of addresses) {
  const server = createServer(kind === 'grpc' ? serveGrpc : serveWebSocket);
  server.on('connection', socket => {
    // A proxy that ends takes its connections with it.
    socket.on('error', () => socket.destroy());
  });
  server.listen(Number(port), address, 4_096);
}
