// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';

/** Hears what becomes of a socket. */
export interface SocketOwner {
  /** It takes bytes again. */
  onDrain(): void;
  /** The peer has ended its side. */
  onPeerEnd(): void;
  onSocketError(error: Error): void;
  onSocketClose(): void;
}

const OWNER = Symbol('owner');

interface OwnedSocket extends Socket {
  [OWNER]?: SocketOwner;
}

/** Tells an owner of a socket's events. All sockets share the listeners: with closures of its own, an idle one would cost a quarter of a KiB more. */
export function ownSocket(socket: Socket, owner: SocketOwner): void {
  const owned: OwnedSocket = socket;
  owned[OWNER] = owner;
  owned.on('drain', onDrain);
  owned.on('end', onEnd);
  owned.on('error', onError);
  owned.on('close', onClose);
}

function onDrain(this: OwnedSocket): void {
  this[OWNER]?.onDrain();
}

function onEnd(this: OwnedSocket): void {
  this[OWNER]?.onPeerEnd();
}

function onError(this: OwnedSocket, error: Error): void {
  this[OWNER]?.onSocketError(error);
}

function onClose(this: OwnedSocket): void {
  this[OWNER]?.onSocketClose();
}
