// SPDX-License-Identifier: Apache-2.0
import type { ConnectRouter } from '@connectrpc/connect';
import type { Clock, Random } from '@weir/base';
import type { Transaction } from '@weir/policy/snapshot';
import type { Revision } from '../messages/revision.ts';
import { AckBook } from './ack-book.ts';
import { serveGrpcStream } from './grpc-stream.ts';
import type { GrpcExchange } from './grpc-stream.ts';
import { SyncCore } from './sync-core.ts';
import type { Authorize, OnSplitReport } from './sync-core.ts';
import { syncRoutes } from './sync-service.ts';
import { defaultSyncSettings } from './sync-settings.ts';
import type { SyncSettings } from './sync-settings.ts';

export interface SyncServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authorize: Authorize;
  readonly settings?: Partial<SyncSettings>;
  readonly onSplitReport?: OnSplitReport;
}

/** A stream as people see it. */
export interface StreamReport {
  /** `PEER/PROXY`; of one that has not begun, the peer. */
  readonly proxy: string;
  /** `behind`: this replica knows less than the proxy; `sending`: something is under way or waits; `idle`: it has everything. */
  readonly state: 'behind' | 'idle' | 'sending';
  /** Version of the protocol that it speaks; 0 = it has not said yet. */
  readonly protocol: number;
  readonly resourceCount: number;
  readonly refusalCount: number;
}

/** The control plane's end of all streams. */
export interface SyncServer {
  /** Moves on to the next snapshot; the first call opens the server. `revision` covers all earlier ones. */
  update(transaction: Transaction, revision: Revision): void;
  /**
   * Says that nothing happened up to `read`, which covers the revision of the last update: a proxy that comes from a replica which has read as
   * far is served.
   */
  advance(read: Revision): void;
  /** Who has what. */
  readonly acks: AckBook;
  streams(): readonly StreamReport[];
  /** Whether a proxy, `PEER/PROXY`, has a stream that has begun. */
  isConnected(proxy: string): boolean;
  /** Adds the service to a Connect router. Calls need the value `PEER`; `listenSync` sets it. */
  readonly routes: (router: ConnectRouter) => void;
  /** For `listenSync`: streams of proxies, at less cost than by `routes`. */
  readonly serveStream: (peer: string, exchange: GrpcExchange) => void;
  /** Ends all streams; proxies come back, to any replica. */
  close(): void;
}

export function createSyncServer({ settings, ...options }: SyncServerOptions): SyncServer {
  const core = new SyncCore({ ...options, settings: { ...defaultSyncSettings, ...settings } });
  return {
    update: (transaction, revision) => core.update(transaction, revision),
    advance: read => core.advance(read),
    acks: new AckBook(core),
    streams: () => [...core.streams].map(reportOf),
    isConnected: proxy => core.isConnected(proxy),
    routes: syncRoutes(core),
    serveStream: (peer, exchange) => serveGrpcStream(core, peer, exchange),
    close: () => core.close(),
  };
}

function reportOf({
  peer,
  protocol,
  session,
}: SyncCore['streams'] extends ReadonlySet<infer Stream> ? Stream : never): StreamReport {
  if (session === undefined) return { proxy: peer, state: 'behind', protocol, resourceCount: 0, refusalCount: 0 };
  const state = session.isIdle ? 'idle' : 'sending';
  return { proxy: session.proxy, state, protocol, resourceCount: session.sent.size, refusalCount: session.refusals.size };
}
