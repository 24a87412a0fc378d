// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, readlink } from 'node:fs/promises';

/** The process that listens on a port, as far as this user may see it. */
export interface PortOwner {
  readonly pid: number;
  /** Command line, cut to a readable length. */
  readonly command: string;
}

/** Tables of /proc/net, and the state in them of a socket that takes connections, or datagrams from anybody. */
const TABLES = {
  tcp: { files: ['/proc/net/tcp', '/proc/net/tcp6'], state: '0A' },
  udp: { files: ['/proc/net/udp', '/proc/net/udp6'], state: '07' },
};
const MAX_COMMAND_LENGTH = 120;

interface PortNumber {
  readonly port: number;
  readonly transport?: keyof typeof TABLES;
}

/** Finds who listens on a port, whatever the address. Undefined where /proc does not tell: other systems, other users' processes. */
export async function findPortOwner({ port, transport = 'tcp' }: PortNumber): Promise<PortOwner | undefined> {
  const inodes = await listeningInodes({ port, transport });
  if (inodes.size === 0) return undefined;
  const links = new Set([...inodes].map(inode => `socket:[${inode}]`));
  for (const entry of await readableEntries('/proc')) {
    if (!/^\d+$/.test(entry) || !(await holdsAny(entry, links))) continue;
    return { pid: Number(entry), command: await commandOf(entry) };
  }
  return undefined;
}

async function listeningInodes({ port, transport = 'tcp' }: PortNumber): Promise<Set<string>> {
  const { files, state: wanted } = TABLES[transport];
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const table of files) {
    for (const line of (await readableText(table)).split('\n')) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === wanted && local.endsWith(suffix) && inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

async function holdsAny(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of await readableEntries(folder)) {
    const link = await readlink(`${folder}/${descriptor}`).catch(() => '');
    if (links.has(link)) return true;
  }
  return false;
}

async function commandOf(pid: string): Promise<string> {
  const words = (await readableText(`/proc/${pid}/cmdline`)).split('\0').filter(word => word !== '');
  const command = words.join(' ');
  return command.length > MAX_COMMAND_LENGTH ? `${command.slice(0, MAX_COMMAND_LENGTH)}…` : command;
}

/** Processes end and others' are closed to us: what cannot be read is as if it were not there. */
async function readableEntries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function readableText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
