// SPDX-License-Identifier: Apache-2.0
import type { Port } from '@weir/policy/snapshot';
import { ListenError } from '@weir/proxy';
import type { OpenPort } from '@weir/proxy';
import { describe, expect, it } from 'vitest';
import { PortSet } from './port-set.ts';

function portOf(number: number, protocol: Port['protocol'] = 'HTTP'): Port {
  return {
    kind: 'port',
    name: `port/127.0.0.1/${number}${protocol === 'UDP' ? '/udp' : ''}`,
    address: '127.0.0.1',
    port: number,
    protocol,
    proxyProtocolFrom: [],
    listeners: [],
  };
}

/** A machine whose ports are taken or not, and a diary of what was done to it. */
function createMachine() {
  const diary: string[] = [];
  const taken = new Set<number>();
  const note = (line: string): void => void diary.push(line);
  const set = new PortSet({
    open: async ({ address, port, transport = 'tcp' }) => {
      note(`open ${transport} ${port}`);
      if (taken.has(port)) throw new ListenError('taken', { message: `port ${port} is taken`, hint: 'wait' });
      const opened: OpenPort = {
        address,
        port,
        descriptorFor: () => 1,
        closeSockets: () => note(`sockets of ${port} let go`),
        close: async () => note(`lease of ${port} given back`),
      };
      return opened;
    },
    listen: async name => note(`listen ${name}`),
    unlisten: async (name, patienceMs) => note(`unlisten ${name} within ${patienceMs}`),
    onOpened: ({ port }) => note(`opened ${port}`),
    onFailed: (_port, error) => note(`failed: ${error.message}`),
    onClosed: ({ port }) => note(`closed ${port}`),
  });
  return { diary, taken, set };
}

describe('the set of ports', () => {
  it('opens what is new, closes what is gone and leaves the rest alone', async () => {
    const { diary, set } = createMachine();
    await set.sync([portOf(1), portOf(2)]);
    diary.length = 0;
    await set.sync([portOf(2), portOf(3)]);
    expect(diary).toStrictEqual([
      'sockets of 1 let go',
      'unlisten port/127.0.0.1/1 within 5000',
      'lease of 1 given back',
      'closed 1',
      'open tcp 3',
      'listen port/127.0.0.1/3',
      'opened 3',
    ]);
    expect(set.states.map(({ port }) => port.port)).toStrictEqual([2, 3]);
  });

  it('keeps serving the others when one cannot be opened, says so once, and opens it when it can', async () => {
    const { diary, taken, set } = createMachine();
    taken.add(1);
    await set.sync([portOf(1), portOf(2)]);
    await set.retry();
    expect(diary.filter(line => line.startsWith('failed'))).toStrictEqual(['failed: port 1 is taken']);
    expect(set.states.map(({ failure }) => failure?.code)).toStrictEqual(['taken', undefined]);
    taken.clear();
    await set.retry();
    expect(diary.at(-1)).toBe('opened 1');
    expect(set.hasFailures).toBe(false);
  });

  it('forgets a failed port that is no longer wanted', async () => {
    const { taken, set } = createMachine();
    taken.add(1);
    await set.sync([portOf(1)]);
    await set.sync([]);
    expect(set.states).toStrictEqual([]);
  });

  it('opens a UDP port beside a TCP port of the same number', async () => {
    const { diary, set } = createMachine();
    await set.sync([portOf(53), portOf(53, 'UDP')]);
    expect(diary.filter(line => line.startsWith('open ')).sort(byText)).toStrictEqual(['open tcp 53', 'open udp 53']);
    expect(set.states).toHaveLength(2);
  });

  it('finishes closing a port before it opens it again', async () => {
    const { diary, set } = createMachine();
    await set.sync([portOf(1)]);
    diary.length = 0;
    await Promise.all([set.sync([]), set.sync([portOf(1)])]);
    expect(diary.slice(-4)).toStrictEqual(['closed 1', 'open tcp 1', 'listen port/127.0.0.1/1', 'opened 1']);
  });
});

function byText(left: string, right: string): number {
  return left.localeCompare(right);
}
