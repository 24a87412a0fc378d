// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';

/** Bounds on everything that a peer controls. Each default stands with its reason in `defaultLimits`. */
export interface Limits {
  maxHeadBytes: number;
  maxHeaderCount: number;
  maxRequestLineBytes: number;
  maxFieldBlockBytes: number;
  maxTrailerBytes: number;
  headTimeoutMs: number;
  idleTimeoutMs: number;
  bodyTimeoutMs: number;
  maxDiscardBytes: number;
  maxConnections: number;
  maxConnectionsPerAddress: number;
  maxConcurrentStreams: number;
  tlsHandshakeTimeoutMs: number;
  upstreamIdleTimeoutMs: number;
  upstreamResponseTimeoutMs: number;
  maxIdleUpstreamConnections: number;
  maxUpstreamConnections: number;
  maxUpstreamStreams: number;
  maxUpstreamResets: number;
  mirrorBufferBytes: number;
  maxMirrorsInFlight: number;
  mirrorTimeoutMs: number;
  maxServiceCallsInFlight: number;
  maxRequestsInFlight: number;
  maxWaitingRequests: number;
  maxDelayedRequests: number;
  tunnelIdleTimeoutMs: number;
  streamIdleTimeoutMs: number;
  proxyHeaderTimeoutMs: number;
  maxUdpSessions: number;
  maxUdpSessionsPerAddress: number;
  udpIdleTimeoutMs: number;
}

export const defaultLimits: Limits = {
  // Room for a large cookie jar and a token; above it, a peer is probing.
  maxHeadBytes: 65_536,
  maxHeaderCount: 128,
  // RFC 9112 §3 asks for at least 8,000 octets.
  maxRequestLineBytes: 16_384,
  // Of HTTP/2, as it is sent. Twice a head: one that is too large costs its own stream, what is far beyond is a flood.
  maxFieldBlockBytes: 131_072,
  maxTrailerBytes: 8_192,
  // A head fits in a few packets; slower is a slow-loris attack or a dead peer.
  headTimeoutMs: 10_000,
  // Longer than the 60 s that load balancers in front commonly keep connections, so that they close first.
  idleTimeoutMs: 75_000,
  // Between two reads of a body, or two writes that the peer takes.
  bodyTimeoutMs: 60_000,
  // An unread rest of a body up to here is cheaper to read than a new connection.
  maxDiscardBytes: 262_144,
  // Per worker; about 12 KiB each.
  maxConnections: 50_000,
  maxConnectionsPerAddress: 10_000,
  // Of one HTTP/2 connection: browsers and gRPC clients expect 100 (RFC 9113 §6.5.2).
  maxConcurrentStreams: 128,
  tlsHandshakeTimeoutMs: 10_000,
  // Below the 60 s after which common servers close idle connections: reusing one that is being closed costs a retry.
  upstreamIdleTimeoutMs: 50_000,
  // Silence of an upstream before and within its response; routes may set shorter deadlines.
  upstreamResponseTimeoutMs: 300_000,
  maxIdleUpstreamConnections: 512,
  // Per worker and endpoint; one that hangs must leave descriptors for the others.
  maxUpstreamConnections: 4_096,
  // Of one HTTP/2 connection: no more than this can be reset after it has reached maxUpstreamResets.
  maxUpstreamStreams: 100,
  // Of one HTTP/2 connection: Netty ends one after 200 in 30 s, nghttp2 after about 1,000 (CVE-2023-44487), and with it the requests of
  // others. The sum of this and maxUpstreamStreams stays within the smaller.
  maxUpstreamResets: 100,
  // What a slow mirror may be behind before its copy is dropped.
  mirrorBufferBytes: 262_144,
  // Per worker and backend: a mirror that hangs must not use up what real traffic needs.
  maxMirrorsInFlight: 256,
  // Nobody waits for the answer of a copy.
  mirrorTimeoutMs: 15_000,
  // Per worker and service that policies ask; each has a request waiting behind it.
  maxServiceCallsInFlight: 1_024,
  // Per worker; from 85 % of it on requests are refused, the least important first.
  maxRequestsInFlight: 50_000,
  // Per worker, of all concurrency limits together; about 12 KiB each with its connection.
  maxWaitingRequests: 10_000,
  // Per worker: what is injected on purpose must not take the memory that real traffic needs.
  maxDelayedRequests: 1_000,
  // A WebSocket on which neither side says anything; most libraries ping every minute or less.
  tunnelIdleTimeoutMs: 3_600_000,
  // Clients of databases keep silent connections for long, and have keepalive of their own; what lives longer than this is forgotten.
  streamIdleTimeoutMs: 3_600_000,
  // A balancer sends its header with the first packet.
  proxyHeaderTimeoutMs: 10_000,
  // Per worker; each has a socket of its own towards its endpoint, and anybody can begin one with a forged sender.
  maxUdpSessions: 10_000,
  maxUdpSessionsPerAddress: 1_000,
  // Twice the 30 s that address translators commonly keep a UDP mapping.
  udpIdleTimeoutMs: 60_000,
};

/** How long an exchange may be silent where a connection's own limit is `limitMs`: a policy may want it longer, and ends it earlier itself. */
export function silenceLimitMs(limitMs: number, exchange: Exchange | undefined): number {
  return exchange === undefined ? limitMs : Math.max(limitMs, exchange.idleTimeoutMs);
}

/** What an engine is started with; plain data, as it crosses into the worker. */
export interface EngineSettings {
  /** Proxies in front of Weir that write X-Forwarded-For; 0 = clients connect directly and such fields are not believed. */
  trustedHopCount: number;
  limits: Limits;
  /** What the process may use of memory before requests are refused; 0 = what its control group allows, or the machine has. */
  maxMemoryBytes: number;
  /** Where the gateway runs, as EndpointSlices call it; '' = not known. */
  zone: string;
  /** Who the gateway is in the mesh, `NAMESPACE/SERVICE-ACCOUNT`; '' = nobody, or this is no gateway. */
  gatewayIdentity: string;
  /** On which node of a cluster it runs; '' = not known. */
  node: string;
  /** 48 random bytes in hex that all workers share, so that a TLS session resumes on any of them. */
  ticketKeysHex: string;
}

export const defaultSettings: EngineSettings = {
  trustedHopCount: 0,
  limits: defaultLimits,
  maxMemoryBytes: 0,
  zone: '',
  gatewayIdentity: '',
  node: '',
  ticketKeysHex: '',
};
