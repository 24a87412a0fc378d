// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type {
  AccessLogSettings,
  EndpointReport,
  ListenError,
  OverloadChange,
  MetricsPlace,
  Rejection,
  WorkerEnd,
} from '@weir/proxy';
import type { Port } from '@weir/policy/snapshot';
import type { SamplerSettings } from '@weir/telemetry';
import type { SpanExportSettings } from '@weir/telemetry/span-export';

/** What an edge process is started with, wherever its configuration comes from. */
export interface EdgeOptions {
  readonly workerCount: number;
  /** Who the gateway is in the mesh, `NAMESPACE/SERVICE-ACCOUNT`. */
  readonly identity: string;
  /** Where /metrics, /livez and /readyz are served; undefined = nowhere. */
  readonly metricsAt: MetricsPlace | undefined;
  readonly accessLog: AccessLogSettings;
  /** Undefined = no traces: callers' trace context goes through untouched. */
  readonly tracing: TracingOptions | undefined;
  /** What the process may use of memory before requests are refused; 0 = what the system allows. */
  readonly maxMemoryBytes: number;
  /** Proxies in front whose X-Forwarded-For is believed. */
  readonly trustedHopCount: number;
  /** Where the gateway runs, as EndpointSlices call it; '' = not known. */
  readonly zone: string;
  /** On which node of a cluster it runs; '' = not known. */
  readonly node: string;
  /** Per-user directory for sockets (XDG_RUNTIME_DIR); undefined = one under the system's temporary directory. */
  readonly runtimeDirectory: string | undefined;
  /** Told what happens, for people; must not throw. */
  onEvent(event: GatewayEvent): void;
}

/** Which requests become spans, and where these go. */
export interface TracingOptions {
  readonly sampler: SamplerSettings;
  readonly exportTo: SpanExportSettings;
}

/** What happens while a gateway runs. */
export type GatewayEvent =
  /** A change is live on all workers. */
  | ({ readonly kind: 'changed' } & LiveChange)
  /** Problems that were not there before. */
  | {
      readonly kind: 'problems';
      readonly problems: readonly Problem[];
      /** Those of them by which documents could not be read: what their files said before stays in force. All others are in force. */
      readonly unread: readonly Problem[];
    }
  /** A change that a control plane sent is live on all workers. */
  | ({ readonly kind: 'applied' } & AppliedChange)
  /** All problems of documents are mended. */
  | { readonly kind: 'recovered' }
  /** Resources that the workers could not take; they stay at their previous version. */
  | { readonly kind: 'rejected'; readonly rejections: readonly Rejection[] }
  | { readonly kind: 'port-opened'; readonly port: Port }
  | { readonly kind: 'port-closed'; readonly port: Port }
  | { readonly kind: 'port-failed'; readonly port: Port; readonly error: ListenError }
  /** Endpoints of a backend are no longer available, or are so again. */
  | { readonly kind: 'endpoints'; readonly report: EndpointReport }
  | { readonly kind: 'worker-ended'; readonly end: WorkerEnd }
  /** Workers begin to refuse requests because they run out of something, refuse others, or end that. */
  | { readonly kind: 'overload'; readonly change: OverloadChange }
  /** A collector takes spans no longer, or again; `reason` is empty then. */
  | { readonly kind: 'span-export'; readonly url: string; readonly reason: string }
  | { readonly kind: 'note'; readonly text: string };

export interface LiveChange {
  /** Objects that were added, edited or removed: `HTTPRoute shop/storefront`. */
  readonly upserted: readonly string[];
  readonly removed: readonly string[];
  /** From the sight of the change to its service by all workers. */
  readonly durationMs: number;
  readonly version: number;
  /** Resources sent to the workers; 0 = the change means the same as before. */
  readonly resourceCount: number;
  /** Route rules that serve now. */
  readonly ruleCount: number;
}

export interface AppliedChange {
  /** From its arrival to its service by all workers. */
  readonly durationMs: number;
  /** Resources that came, changed or went. */
  readonly resourceCount: number;
  /** Route rules that serve now. */
  readonly ruleCount: number;
}

/** How a stop goes about. */
export interface StopOptions {
  /** How long to go on as before while /readyz already says no, so that balancers in front look elsewhere. */
  readonly delayMs: number;
  /** How long connections may take to end. */
  readonly deadlineMs: number;
  /** Awaited when no request is left, and before the last spans are sent: for whoever else makes some. */
  readonly onTrafficEnded?: (() => Promise<void>) | undefined;
}

/** The gateway cannot start. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly problems: readonly Problem[];
  readonly listenErrors: readonly ListenError[];

  constructor(
    message: string,
    found: { readonly problems?: readonly Problem[]; readonly listenErrors?: readonly ListenError[] },
  ) {
    super(message);
    this.problems = found.problems ?? [];
    this.listenErrors = found.listenErrors ?? [];
  }
}
