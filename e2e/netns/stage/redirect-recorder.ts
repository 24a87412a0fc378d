// SPDX-License-Identifier: Apache-2.0
// `node redirect-recorder.ts`: stands where a sidecar would and shares no code with it. Prints a line for each
// connection that is redirected to it, with the destination that the kernel names, and carries its bytes there.
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import koffi from 'koffi';

const PORTS = { inbound: 15_006, outbound: 15_001 } as const;
const SO_ORIGINAL_DST = 80;
const LEVELS = { ipv4: 0, ipv6: 41 } as const;

const getOption: (...values: readonly unknown[]) => number = koffi
  .load(null)
  .func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ unsigned int *size)');

for (const [side, port] of Object.entries(PORTS)) {
  createServer({ allowHalfOpen: true }, client => take(client, side, port)).listen(port, '::');
}
process.stderr.write('ready\n');

function take(client: Socket, side: string, listenerPort: number): void {
  client.on('error', () => undefined);
  const destination = destinationOf(client);
  process.stdout.write(`${JSON.stringify({ side, from: plain(client.remoteAddress ?? ''), ...destination })}\n`);
  if (destination.port === listenerPort) {
    client.destroy();
    return;
  }
  const onward = connect({ host: destination.address, port: destination.port, allowHalfOpen: true });
  onward.on('error', () => client.destroy());
  client.pipe(onward).pipe(client);
}

function destinationOf(client: Socket): { readonly address: string; readonly port: number } {
  const isIpv4 = plain(client.localAddress ?? '').includes('.');
  const value = Buffer.alloc(28);
  const handle = Reflect.get(client, '_handle') as { readonly fd: number };
  if (getOption(handle.fd, isIpv4 ? LEVELS.ipv4 : LEVELS.ipv6, SO_ORIGINAL_DST, value, [value.length]) !== 0) {
    return { address: '', port: 0 };
  }
  const groups = Array.from({ length: 8 }, (_, i) => value.readUInt16BE(8 + 2 * i).toString(16)).join(':');
  return {
    // The network of this suite has no longer runs of zeros than the one before the last group.
    address: isIpv4 ? value.subarray(4, 8).join('.') : groups.replace(/(?::0)+:(?=[^:]+$)/, '::'),
    port: value.readUInt16BE(2),
  };
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=.*\.)/, '');
}
