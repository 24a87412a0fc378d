// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { AddressAndPort } from '../intercept/parse-socket-address.ts';
import { OriginalDestinationError } from '../intercept/original-destination.ts';
import type { OriginalDestination, ReadOriginalDestination } from '../intercept/original-destination.ts';
import { hostPort } from '../listen/socket-address.ts';

/** Where a redirected connection was going. Throws Fault `destination_refused` where that cannot be told, or was this very listener. */
export function capturedDestination(read: ReadOriginalDestination | undefined, socket: Socket): AddressAndPort {
  const { address, port, isListener } = ask(read, socket);
  if (isListener) {
    throw new Fault(
      'destination_refused',
      `${hostPort(address, port)} takes redirected connections only, and was dialled itself`,
    );
  }
  return { address, port };
}

function ask(read: ReadOriginalDestination | undefined, socket: Socket): OriginalDestination {
  if (read === undefined) throw new Fault('destination_refused', 'connections are not intercepted here');
  try {
    return read(socket);
  } catch (error) {
    if (error instanceof OriginalDestinationError) throw new Fault('destination_refused', error.message, { cause: error });
    throw error;
  }
}
