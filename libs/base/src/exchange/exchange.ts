// SPDX-License-Identifier: Apache-2.0
import type { FaultCode } from '../faults/fault.ts';
import type { RequestBody } from './body.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { RequestHead } from './heads.ts';
import { NO_HOLDS } from './hold.ts';
import type { Hold } from './hold.ts';
import { NO_IDENTITIES } from './identity.ts';
import type { Identity } from './identity.ts';
import type { Session } from './session.ts';
import type { Trace } from './trace.ts';
import type { Way } from './way.ts';

/** The downstream connection as a request sees it. */
export interface Downstream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** IP address that the client connected to. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly isTls: boolean;
  /** Server name that the client asked for (RFC 6066 §3), lower-case. */
  readonly serverName: string | undefined;
  /** Undefined = the client has shown none that the listener's authorities vouch for. */
  readonly clientCertificate: ClientCertificate | undefined;
  /** Who calls, `NAMESPACE/SERVICE-ACCOUNT`, as a certificate of the mesh vouches for; absent = nobody of the mesh. */
  readonly peerIdentity?: string | undefined;
}

/** Which part of the configuration served a request, for telemetry and explain; names as in the documents. */
export interface Served {
  /** `namespace/gateway/listener`. */
  listener: string;
  /** `namespace/route`. */
  route: string;
  /** The name of the rule in its route, or its index as text. */
  rule: string;
  /** `namespace/service:port`. */
  backend: string;
  /** The one of two that a split has chosen; '' = no split divides the backend's requests. */
  revision: string;
  /** `address:port` of the endpoint that the last attempt went to. */
  endpoint: string;
}

const NO_NAMES: readonly string[] = Object.freeze([]);

const NO_FIELDS: Exchange['rateLimitFields'] = Object.freeze([]);

/** One request and what became of it: made by a codec, decided upon by filters, read by telemetry at its end. */
export class Exchange {
  readonly request: RequestHead;
  /** A layer that may send the request again puts a body in its place that can be replayed. */
  body: RequestBody;
  readonly downstream: Downstream;
  /** Clock.nowMs at the first byte of the head that was seen. */
  readonly startedMs: number;
  /** HTTP version that the client spoke. */
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';
  /** Client's address after trusted forwarding hops. */
  clientAddress: string;
  requestId = '';
  /** Host with port as the client wrote it, for the log: filters may send the request to another one. */
  readonly authority: string;
  /** Path and query as the client wrote them, for the log. */
  target = '';
  /** What the winning prefix match covered, for replacing it; '' for other path matches. */
  matchedPrefix = '';
  served: Served = { listener: '', route: '', rule: '', backend: '', revision: '', endpoint: '' };
  /** The same up to the backend, as an object that requests share; undefined where no rule was found. */
  way: Way | undefined = undefined;
  /** Undefined where tracing is off. */
  trace: Trace | undefined = undefined;
  /** The client wants to go on with another protocol: from a head with status 101 on, the bodies are what the two sides say, unframed. */
  upgrade: 'websocket' | undefined = undefined;
  /** Where in the mesh the proxy stands that has it: with its caller, or with who answers it; undefined = at the edge. */
  meshSide: 'caller' | 'receiver' | undefined = undefined;
  /** The port that was called of a Service in the mesh, which is none of the connection's; undefined = at the edge. */
  servicePort: number | undefined = undefined;
  /** Who the caller has shown to be, one for each policy that asked. */
  identities: readonly Identity[] = NO_IDENTITIES;
  /** The policies that did, `namespace/name`, in the same order. */
  identifiedBy: readonly string[] = NO_NAMES;
  /** `namespace/name` of the policy that decided against the request, with `#rule` where a rule did; '' without one. */
  decidedBy = '';
  /** What policies that only look on would have refused it for, as in `decidedBy`. */
  shadowRefusals: readonly string[] = NO_NAMES;
  /** What befell it on purpose, as in `decidedBy`. */
  injectedFaults: readonly string[] = NO_NAMES;
  /** Backends of mirrors, by the names of their resources, whose access policies admit a copy of the request. */
  admittedMirrors: readonly string[] = NO_NAMES;
  /** What the answer tells of the rate limits that the request was counted in. */
  rateLimitFields: readonly (readonly [name: string, value: string])[] = NO_FIELDS;
  /** Places that it has or waits for until its end. */
  holds: readonly Hold[] = NO_HOLDS;
  /** How long policies made it wait before it was sent on; the time that it may take in all goes on meanwhile. */
  waitedMs = 0;
  /** Set where it belongs to one that its route keeps. */
  session: Session | undefined = undefined;
  attempts = 0;
  /** How often the connections to an endpoint have sent an attempt once more, as it was provably not processed or harmless to repeat. */
  repeats = 0;
  /** Endpoints, `address:port`, that attempts before the running one went to. */
  triedEndpoints: readonly string[] = NO_NAMES;
  /** Clock.nowMs at which nobody waits for an answer any more; Infinity = there is no such time. */
  deadlineMs = Infinity;
  /** How long both sides may be silent, by policy; 0 = as long as the limits of their connections say. */
  idleTimeoutMs = 0;
  /** Status sent to the client; 0 until then. */
  status = 0;
  /** Status that a gRPC call ended with, its service's or the gateway's own; undefined without one, and of all other requests. */
  grpcStatus: number | undefined = undefined;
  fault: FaultCode | undefined = undefined;
  /** Operator's words for the fault. */
  faultDetail = '';
  bytesReceived = 0;
  bytesSent = 0;
  /** Milliseconds from the first attempt's start to the response head; -1 without one. */
  upstreamMs = -1;

  constructor(init: Pick<Exchange, 'request' | 'body' | 'downstream' | 'startedMs' | 'protocol'>) {
    this.request = init.request;
    this.authority = init.request.authority;
    this.body = init.body;
    this.downstream = init.downstream;
    this.startedMs = init.startedMs;
    this.protocol = init.protocol;
    this.clientAddress = init.downstream.remoteAddress;
  }
}
