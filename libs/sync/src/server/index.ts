// SPDX-License-Identifier: Apache-2.0
export { mergeDigests } from './ack-digest.ts';
export type { AckDigest } from './ack-digest.ts';
export type { RelayConnection } from './accept-relay.ts';
export type { AckBook, ResourceStatus } from './ack-book.ts';
export { listenSync } from './listen-sync.ts';
export type { SyncListener, SyncListenerOptions } from './listen-sync.ts';
export type { Programmed, ProgrammedObject, RefusingProxy } from './programmed-group.ts';
export type { Authorize, OnSplitReport } from './sync-core.ts';
export { createSyncServer } from './sync-server.ts';
export type { StreamReport, SyncServer, SyncServerOptions } from './sync-server.ts';
export { PEER, PEER_LEAF } from './sync-service.ts';
export { defaultSyncSettings } from './sync-settings.ts';
export type { SyncSettings } from './sync-settings.ts';
