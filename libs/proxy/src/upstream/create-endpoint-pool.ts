// SPDX-License-Identifier: Apache-2.0
import type { BackendProtocol } from '@weir/policy/snapshot';
import type { EndpointPool, PoolContext, PoolTarget } from '../engine/endpoint-pool.ts';
import type { PoolNeeds } from '../engine/pool-registry.ts';
import { UpstreamPool } from '../http1/upstream-pool.ts';
import { Http2UpstreamPool } from '../http2/upstream-pool.ts';
import { ClientPools } from './client-pools.ts';
import { GatedPool } from './gated-pool.ts';
import { SessionCache } from './session-cache.ts';

/** What is offered in the handshake (RFC 7301): a server that would speak anything else is not what the backend says it is. */
const ALPN: Readonly<Record<BackendProtocol, readonly string[]>> = { http1: ['http/1.1'], http2: ['h2'] };

/** Creates the pool of an endpoint for one way of connecting to it. */
export function createEndpointPool(target: PoolTarget, needs: PoolNeeds, context: PoolContext): EndpointPool {
  const { protocol, session, proxyProtocol, gate } = needs;
  const Pool = protocol === 'http2' ? Http2UpstreamPool : UpstreamPool;
  const createPool = (aim: PoolTarget, around: PoolContext): EndpointPool =>
    gate === undefined
      ? new Pool(aim, around)
      : new GatedPool({ gate, context: around, createPool: inner => new Pool(aim, inner) });
  const tls = session === undefined ? undefined : { ALPNProtocols: [...ALPN[protocol]], ...session.options };
  if (proxyProtocol === undefined) {
    if (tls === undefined) return createPool(target, context);
    const usableForMs = session?.usableForMs;
    const sessions = usableForMs === undefined ? new SessionCache(() => context.coarseNowMs) : undefined;
    return createPool({ ...target, preamble: { proxyHeader: undefined, tls, sessions, usableForMs } }, context);
  }
  return new ClientPools(
    {
      target,
      proxyProtocol,
      createPool: (proxyHeader, inner) => createPool({ ...target, preamble: { proxyHeader, tls } }, inner),
    },
    context,
  );
}
