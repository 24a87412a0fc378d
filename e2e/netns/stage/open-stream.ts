// SPDX-License-Identifier: Apache-2.0
// `node open-stream.ts ADDRESS PORT`: an application that keeps one connection to a server that says what it hears, and says a word twenty
// times a second. Tells on standard error when the first word came back, and when and how the connection ended.
import { connect } from 'node:net';

const [, , host = '', port = ''] = process.argv;
const WORD_MS = 50;

const startMs = performance.now();
const socket = connect(Number(port), host);
socket.once('data', () => process.stderr.write('ready\n'));
socket.resume();
const words = setInterval(() => socket.write('word\n'), WORD_MS);
let how = 'closed';
socket.on('error', error => (how = error.message));
socket.on('close', () => {
  clearInterval(words);
  process.stderr.write(`ended after ${Math.round(performance.now() - startMs)} ms: ${how}\n`);
});
