// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { pid } from 'node:process';
import { StartError } from '../control-plane-options.ts';

const FILE = 'lease.sock';
/** `sun_path` has 108 bytes, on macOS 104. */
const MAX_PATH_BYTES = 103;

export interface StateLease {
  release(): Promise<void>;
}

/**
 * Takes a state directory for this process: two that wrote to it would each forget what the other one has issued. The lease is a socket in
 * it, which nobody answers once its process is gone, however that ended. Throws StartError, which names the holder.
 */
export async function acquireStateLease(directory: string): Promise<StateLease> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new StartError(
      `the state directory's path is too long for a socket in it: ${path} has more than ${MAX_PATH_BYTES} bytes`,
    );
  }
  const server = await takeOver(path, directory);
  return {
    release: async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
      await rm(path, { force: true });
    },
  };
}

async function takeOver(path: string, directory: string): Promise<Server> {
  for (;;) {
    const server = await listen(path);
    if (server !== undefined) return server;
    const holder = await askHolder(path);
    if (holder !== 'gone') throw held(directory, holder);
    await removeAbandoned(path, directory);
  }
}

/** Undefined where the path is taken. */
async function listen(path: string): Promise<Server | undefined> {
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy());
    socket.end(String(pid));
  });
  server.listen(path).unref();
  try {
    await once(server, 'listening');
    return server;
  } catch (reason) {
    if (codeOf(reason) === 'EADDRINUSE') return undefined;
    throw reason;
  }
}

/**
 * Of several that found the same abandoned socket, each moves aside what is there, and puts it back if somebody answers there after all:
 * then another one was quicker.
 */
async function removeAbandoned(path: string, directory: string): Promise<void> {
  const aside = `${path}.${pid}`;
  try {
    await rename(path, aside);
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return;
    throw reason;
  }
  const holder = await askHolder(aside);
  if (holder === 'gone') {
    await rm(aside, { force: true });
    return;
  }
  await rename(aside, path);
  throw held(directory, holder);
}

/** Reads whom a lease names; `gone` when nobody holds it any more. */
async function askHolder(path: string): Promise<string> {
  const socket = connect(path).setEncoding('utf8');
  let text = '';
  try {
    for await (const part of socket) text += String(part);
  } catch (reason) {
    if (['ECONNREFUSED', 'ENOENT'].includes(codeOf(reason))) return 'gone';
  }
  return text;
}

function held(directory: string, holder: string): StartError {
  const who = holder === '' ? 'another process' : `process ${holder}`;
  return new StartError(
    `the state directory ${directory} is in use by ${who}: stop that one, or name another directory (--state)`,
  );
}

function codeOf(reason: unknown): string {
  return reason instanceof Error && 'code' in reason ? String(reason.code) : '';
}
