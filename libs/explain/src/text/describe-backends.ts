// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { Backend, Balance, WeightedStreamBackend, ZonePreference } from '@weir/policy/snapshot';
import type { ExplainedBackendTls } from '../explanation.ts';

/** `shop/cart:80`, with its share where there are several: `shop/cart:80 75 %`. */
export function backendTexts(backends: readonly WeightedStreamBackend[]): string[] {
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  return backends.map(({ label, weight, backend }) => {
    const share = backends.length === 1 || total === 0 ? '' : ` ${Number(((weight / total) * 100).toFixed(1))} %`;
    return `${label}${share}${backend === undefined ? ' (cannot be used)' : ''}`;
  });
}

/** `TLS for cart.internal, HTTP/2 inside`; of connections that are carried whole, `TLS for db.internal`. */
export function describeBackendTls({ serverName, protocol }: ExplainedBackendTls): string {
  if (protocol === undefined) return `TLS for ${serverName}`;
  return `TLS for ${serverName}, ${protocol === 'http2' ? 'HTTP/2' : 'HTTP/1.1'} inside`;
}

/** How one of several endpoints is chosen. */
export function describeBalance(balance: Balance): string {
  if (typeof balance === 'object') {
    if (balance.kind === 'utilization') return 'by what endpoints report of their load';
    return balance.by === 'address' ? "by the client's address" : `by the value of ${balance.by} ${balance.name}`;
  }
  return BALANCE_WORDS[balance];
}

/** Which endpoints go before others. Documents do not say where a gateway runs, so this tells what it depends on. */
export function describeZonePreference({ spillOverAbove }: ZonePreference): string {
  const load = spillOverAbove === 0 ? '' : `, elsewhere above ${spillOverAbove} in flight`;
  return `those of the gateway's own zone first${load}; without effect unless weir up has --zone or WEIR_ZONE`;
}

const BALANCE_WORDS: Readonly<Record<Exclude<Balance, object>, string>> = {
  leastRequest: 'by load',
  peakEwma: 'by load and latency',
  random: 'at random',
  roundRobin: 'in turn',
};

/** When a breaker opens, and for how long. */
export function describeBreaker(breaker: Backend['circuitBreaker']): string {
  if (breaker === undefined) return 'none';
  const { errorPercent, minimumRequests, windowMs, openMs, halfOpenRequests } = breaker;
  const probes = halfOpenRequests === 1 ? 'one probe' : `${halfOpenRequests} probes`;
  return `opens when ${errorPercent} % of at least ${minimumRequests} attempts in ${formatDuration(windowMs)} fail; after ${formatDuration(openMs)} ${probes}`;
}

/** What a backend may be asked at a time. */
export function describeConnectionLimits(limits: Backend['connectionLimits']): string {
  if (limits === undefined) return 'none';
  const { maxConnections, maxPendingRequests, maxParallelRequests } = limits;
  return [
    ...(maxConnections === undefined ? [] : [`${maxConnections} connections, for which ${maxPendingRequests} requests may wait`]),
    ...(maxParallelRequests === undefined ? [] : [`${maxParallelRequests} requests at a time`]),
  ].join('; ');
}
