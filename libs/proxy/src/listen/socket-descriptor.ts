// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';

/** The descriptor below a socket. Undefined where Node does not keep it on the handle, and of a socket that is closed. */
export function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const descriptor: unknown = Reflect.get(handle, 'fd');
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined;
}
