// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

/** The state LISTEN in /proc/net/tcp. */
const LISTENING = '0A';

/** Whether nothing listens on this port of loopback. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** `pid 123 (node server.js)` of whoever listens on a port, as far as this user may know. */
export async function describePortOwner(port: number): Promise<string> {
  const inodes = new Set([...(await listeningInodes('tcp', port)), ...(await listeningInodes('tcp6', port))]);
  const pid = inodes.size === 0 ? undefined : await findSocketOwner(inodes);
  if (pid === undefined) return 'a process of another user';
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return `pid ${pid} (${command.replaceAll('\0', ' ').trim() || 'unknown command'})`;
}

async function listeningInodes(table: 'tcp' | 'tcp6', port: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '');
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = text.split('\n').map(line => line.trim().split(/\s+/v));
  return rows.filter(row => row[1]?.endsWith(suffix) === true && row[3] === LISTENING).flatMap(row => row[9] ?? []);
}

async function findSocketOwner(inodes: ReadonlySet<string>): Promise<string | undefined> {
  const pids = (await readdir('/proc').catch((): string[] => [])).filter(name => /^\d+$/v.test(name));
  for (const pid of pids) {
    if (await holdsSocket(pid, inodes)) return pid;
  }
  return undefined;
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch((): string[] => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(?<inode>\d+)\]$/v.exec(target)?.groups?.['inode'];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}
