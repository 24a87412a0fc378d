// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { pid } from 'node:process';
import { StartError } from '../control-plane-options.ts';

/** `sun_path` has 108 bytes, on macOS 104. */
const MAX_PATH_BYTES = 103;
const LEASE = /^lease\.(?<term>[1-9]\d{0,14})$/v;

export interface StateLease {
  release(): Promise<void>;
}

/**
 * Takes a state directory for this process: two that wrote to it would each forget what the other one has issued. Throws StartError,
 * which names the holder.
 *
 * Each lease is a link of a number higher than all before, to a socket that nobody answers once its process is gone, however that ended.
 * The highest is never removed, so whoever looked long ago, and takes a number that was free then, sees afterwards that it is not the
 * highest.
 */
export async function acquireStateLease(directory: string): Promise<StateLease> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (;;) {
    const socketName = `lease.${randomBytes(4).toString('hex')}.sock`;
    const server = await listen(join(directory, socketName));
    try {
      if (await claim(directory, socketName)) return { release: () => close(server) };
    } catch (reason) {
      await close(server);
      throw reason;
    }
    await close(server);
  }
}

async function listen(path: string): Promise<Server> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new StartError(
      `the state directory's path is too long for a socket in it: ${path} has more than ${MAX_PATH_BYTES} bytes`,
    );
  }
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy());
    socket.end(String(pid));
  });
  server.listen(path).unref();
  await once(server, 'listening');
  return server;
}

/** Its file goes with it. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/** Whether it worked; else somebody was quicker, and it is to be tried with another socket. */
async function claim(directory: string, socketName: string): Promise<boolean> {
  const highest = Math.max(0, ...(await termsIn(directory)));
  if (highest > 0) await refuseIfHeld(directory, highest);
  const path = join(directory, `lease.${highest + 1}`);
  if (!(await link(socketName, path))) return false;
  if (Math.max(...(await termsIn(directory))) > highest + 1) {
    await rm(path, { force: true });
    return false;
  }
  // It was taken for one that was left behind: the link leads nowhere, and stays, as it is the highest.
  if (!existsSync(join(directory, socketName))) return false;
  await removeOlder(directory, highest + 1);
  return true;
}

/** Whether the name was free. */
async function link(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (reason) {
    if (codeOf(reason) === 'EEXIST') return false;
    throw reason;
  }
}

async function termsIn(directory: string): Promise<readonly number[]> {
  const names = await readdir(directory);
  return names.flatMap(name => LEASE.exec(name)?.groups?.['term'] ?? []).map(Number);
}

/** With their sockets. */
async function removeOlder(directory: string, term: number): Promise<void> {
  for (const older of await termsIn(directory)) {
    if (older >= term) continue;
    const path = join(directory, `lease.${older}`);
    const socketName = await readlink(path).catch(() => undefined);
    if (socketName !== undefined) await rm(join(directory, socketName), { force: true });
    await rm(path, { force: true });
  }
}

async function refuseIfHeld(directory: string, term: number): Promise<void> {
  const socket = connect(join(directory, `lease.${term}`)).setEncoding('utf8');
  let text = '';
  try {
    for await (const part of socket) text += String(part);
  } catch (reason) {
    if (['ECONNREFUSED', 'ENOENT'].includes(codeOf(reason))) return;
  }
  throw held(directory, text);
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
