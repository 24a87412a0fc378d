// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { socketAddressFromText } from '../listen/socket-address.ts';
import { createOriginalDestination, OriginalDestinationError } from './original-destination.ts';
import type { GetSocketOption, SocketOptionQuery } from './original-destination.ts';

interface Ends {
  readonly local?: string;
  readonly port?: number;
  readonly descriptor?: number;
}

function socketAt({ local = '127.0.0.1', port = 15_001, descriptor = 7 }: Ends): Socket {
  // What is read of a socket, and no more.
  return { localAddress: local, localPort: port, _handle: { fd: descriptor } } as unknown as Socket;
}

function kernel(address: string, port: number): { readonly getOption: GetSocketOption; readonly queries: SocketOptionQuery[] } {
  const queries: SocketOptionQuery[] = [];
  return {
    queries,
    getOption: query => {
      queries.push(query);
      return socketAddressFromText(address, port).bytes.copy(query.value);
    },
  };
}

function failing(code: string): GetSocketOption {
  return () => {
    throw Object.assign(new Error('no'), { code });
  };
}

function errorOf(action: () => unknown): string {
  try {
    return JSON.stringify(action());
  } catch (error) {
    return error instanceof OriginalDestinationError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('the original destination', () => {
  it.each([
    ['127.0.0.1', '198.51.100.7', 0],
    // A listener of both families.
    ['::ffff:127.0.0.1', '198.51.100.7', 0],
    ['::1', '2001:db8::7', 41],
  ])('of a connection that came to %s is asked for in the right family', (local, address, level) => {
    const { getOption, queries } = kernel(address, 8080);
    expect(createOriginalDestination(getOption)(socketAt({ local }))).toStrictEqual({ address, port: 8080, isListener: false });
    expect(queries).toMatchObject([{ descriptor: 7, level, name: 80 }]);
  });

  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['2001:db8::7', '2001:db8::7'],
  ])('of who dialled the listener is the listener (%s)', (local, address) => {
    const { getOption } = kernel(address, 15_001);
    expect(createOriginalDestination(getOption)(socketAt({ local })).isListener).toBe(true);
  });

  it('at another port of the same address is not the listener', () => {
    const { getOption } = kernel('198.51.100.7', 15_002);
    expect(createOriginalDestination(getOption)(socketAt({ local: '198.51.100.7' })).isListener).toBe(false);
  });

  it.each([
    [
      'ENOENT',
      'unknown: a connection to [::1]:15001 has no original destination: no rules redirect in this network namespace; run `weir intercept` in it',
    ],
    [
      'ENOPROTOOPT',
      'unknown: a connection to [::1]:15001 has no original destination: no rules redirect in this network namespace; run `weir intercept` in it',
    ],
    ['EBADF', 'failed: a connection to [::1]:15001 has no original destination: getsockopt failed with EBADF'],
  ])('that the kernel does not know (%s) is an error', (code, message) => {
    expect(errorOf(() => createOriginalDestination(failing(code))(socketAt({ local: '::1' })))).toBe(message);
  });

  it('of a connection that is closed is gone', () => {
    const message = 'gone: the connection is closed: where it was going can no longer be asked';
    const { getOption } = kernel('198.51.100.7', 80);
    expect(errorOf(() => createOriginalDestination(getOption)(socketAt({ descriptor: -1 })))).toBe(message);
    expect(errorOf(() => createOriginalDestination(getOption)({} as unknown as Socket))).toBe(message);
  });

  it('in a family that is not IP is an error', () => {
    const getOption: GetSocketOption = ({ value }) => value.writeUInt16LE(1);
    expect(errorOf(() => createOriginalDestination(getOption)(socketAt({})))).toBe(
      "failed: the kernel's answer is no IP address: 0100",
    );
  });
});
