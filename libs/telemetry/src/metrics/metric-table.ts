// SPDX-License-Identifier: Apache-2.0

/** One metric as it is exposed. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, rising, without +Inf; empty for other types. */
  readonly buckets: readonly number[];
  /** How the values of several workers become one. `min` is for versions: what all workers have reached. */
  readonly merge: 'sum' | 'min' | 'max';
}

/** From a cache hit on the same host to the longest timeout that people set. */
const LATENCY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** From a lookup by UDP to the connections of a database pool. */
const STREAM_SECONDS = [0.01, 0.1, 1, 10, 60, 600, 3_600, 86_400];

/** Around the 10 ms that nothing may hold the event loop. */
const DELAY_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1];

function counter<const Labels extends readonly string[]>(help: string, labels: Labels) {
  return { type: 'counter', help, labels, buckets: [], merge: 'sum' } as const;
}

function gauge<const Labels extends readonly string[]>(help: string, labels: Labels, merge: MetricSpec['merge'] = 'sum') {
  return { type: 'gauge', help, labels, buckets: [], merge } as const;
}

function histogram<const Labels extends readonly string[]>(help: string, labels: Labels, buckets: readonly number[]) {
  return { type: 'histogram', help, labels, buckets, merge: 'sum' } as const;
}

/**
 * Every metric that Weir exposes, and the only place where one gets a name. Label values come from the configuration or from
 * fixed sets, never from requests.
 */
export const METRICS = {
  weir_http_requests_total: counter('Requests that ended, by the status that the client was sent.', [
    'listener',
    'route',
    'backend',
    'method',
    'code',
  ]),
  weir_http_request_duration_seconds: histogram(
    'Time from the first byte of a request to the end of its exchange.',
    ['listener', 'route', 'backend'],
    LATENCY_SECONDS,
  ),
  weir_upstream_response_seconds: histogram(
    'Time from the start of the first attempt to the head of the response that was passed on.',
    ['listener', 'route', 'backend'],
    LATENCY_SECONDS,
  ),
  weir_http_request_bytes_total: counter('Bytes of request bodies received from clients.', ['listener', 'route', 'backend']),
  weir_http_response_bytes_total: counter('Bytes of response bodies sent to clients.', ['listener', 'route', 'backend']),
  weir_http_requests_active: gauge('Requests that have begun and not yet ended.', []),
  weir_http_faults_total: counter('Requests that failed, by what went wrong and who has to act on it.', [
    'listener',
    'route',
    'backend',
    'fault',
    'blame',
  ]),
  weir_http_retries_total: counter('Attempts after the first one.', ['listener', 'route', 'backend']),
  weir_shadow_refusals_total: counter(
    'Requests that a policy which only looks on would have refused; `policy` with the rule or limit.',
    ['policy'],
  ),
  weir_injected_faults_total: counter('Faults that befell requests on purpose, as policies say.', ['fault', 'effect']),
  weir_circuit_breaker_state: gauge(
    'Whether calls to a backend are made: 0 = closed, 1 = half open, 2 = open.',
    ['backend'],
    'max',
  ),
  weir_circuit_breaker_changes_total: counter('Changes of the state of a circuit breaker, by what it became.', [
    'backend',
    'state',
  ]),
  weir_backend_requests_refused_total: counter(
    'Attempts, and connections of streams, that were not made as the breaker of the backend was open or a limit of it was reached.',
    ['backend', 'reason'],
  ),
  weir_revision_requests_total: counter(
    "Requests that went to a revision of a Service as a Rollout divides them, by the class of the status that clients were sent; a backend's other series have them too.",
    ['backend', 'revision', 'status_class'],
  ),
  weir_split_fuse_blown: gauge(
    'Whether a proxy has taken the candidate of a Rollout out for as long as the step lasts (1).',
    ['backend'],
    'max',
  ),
  weir_mirrors_dropped_total: counter('Copies of requests that were not sent, or not waited for.', ['backend']),
  weir_service_calls_total: counter(
    'Calls of policies to services that they ask; refused ones were not made, as the service had been failing or was busy.',
    ['backend', 'result'],
  ),
  weir_key_set_fetches_total: counter(
    'Fetches of the keys of token issuers. Those that failed leave the last good keys in use.',
    ['url', 'outcome'],
  ),
  weir_rate_limit_store_calls_total: counter(
    'Questions to stores of shared rate limits; those that were unavailable had no answer in time, or were not asked as others had none.',
    ['store', 'result'],
  ),
  weir_rate_limit_store_up: gauge(
    'Whether the last question to a store of shared rate limits was answered to all workers (1).',
    ['store'],
    'min',
  ),
  weir_rate_limits_without_store_total: counter(
    'Requests for which a shared rate limit did without its store, as onFailure says.',
    ['limit', 'on_failure'],
  ),
  weir_connections_opened_total: counter('Connections accepted from clients.', ['port']),
  weir_connections_active: gauge('Connections of clients that are open.', ['port']),
  weir_connections_refused_total: counter(
    'Connections of clients that ended before a request or stream: failed TLS handshakes, unknown server names, bad PROXY headers.',
    ['port', 'fault', 'blame'],
  ),
  weir_protocols_detected_total: counter(
    'Connections of the mesh by what they turned out to speak, and by what told: what either side said first, or what was known before.',
    ['protocol', 'by'],
  ),
  weir_streams_total: counter('Connections carried whole (TCP, TLS) and sessions of UDP that ended.', [
    'listener',
    'route',
    'backend',
    'protocol',
  ]),
  weir_streams_active: gauge('Connections carried whole and sessions of UDP that are open.', ['listener', 'protocol']),
  weir_stream_duration_seconds: histogram(
    'Time from the arrival of a connection or first datagram to its end.',
    ['listener', 'route', 'backend'],
    STREAM_SECONDS,
  ),
  weir_stream_received_bytes_total: counter('Bytes that streams received from clients.', ['listener', 'route', 'backend']),
  weir_stream_sent_bytes_total: counter('Bytes that streams sent to clients.', ['listener', 'route', 'backend']),
  weir_stream_faults_total: counter('Streams that failed, by what went wrong and who has to act on it.', [
    'listener',
    'route',
    'backend',
    'fault',
    'blame',
  ]),
  weir_udp_datagrams_dropped_total: counter('Datagrams from clients that reached no endpoint.', ['listener', 'reason']),
  weir_upstream_connections_opened_total: counter('Connections opened to endpoints.', []),
  weir_upstream_connections_active: gauge('Connections to endpoints that are open, idle ones included.', []),
  weir_endpoints: gauge(
    'Endpoints of backends whose health is looked at: available, ejected for what they answered, or unhealthy by their checks.',
    ['backend', 'state'],
  ),
  weir_endpoint_ejections_total: counter('Endpoints that were ejected, by what for.', ['backend', 'reason']),
  weir_health_checks_total: counter('Health checks of endpoints.', ['backend', 'result']),
  weir_log_lines_dropped_total: counter('Access log lines lost because their taker was too slow or failed.', []),
  weir_spans_exported_total: counter('Spans that the collector has taken.', []),
  weir_spans_dropped_total: counter(
    'Spans lost: backlog or queue = the collector takes them too slowly; failed = it refused them or could not be reached.',
    ['reason'],
  ),
  weir_overload_level: gauge('How many classes of requests the worst worker refuses (0 = none, 4 = all).', [], 'max'),
  weir_event_loop_delay_seconds: histogram('How late timers of the workers fire.', [], DELAY_SECONDS),
  weir_config_version: gauge('Version of the configuration that all workers serve.', [], 'min'),
  weir_config_reloads_total: counter('Attempts to load a changed configuration.', ['result']),
  weir_config_last_reload_successful: gauge(
    'Whether the last attempt to load the configuration was accepted whole (1) or not (0).',
    [],
  ),
  weir_config_last_success_timestamp_seconds: gauge('When a configuration was last accepted, in Unix time.', [], 'max'),
  weir_certificate_expiry_timestamp_seconds: gauge(
    'When a certificate ends, in Unix time: leaf and root are those of the mesh, secret is of a Secret.',
    ['kind', 'name'],
    'min',
  ),
  weir_workers: gauge('Worker threads that carry traffic.', []),
  weir_worker_restarts_total: counter('Workers replaced after they ended unasked.', []),
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;

/** Names of the metrics of one type. */
export type MetricNameOf<Type extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** A value for each label of a metric, in the table's order. */
export type LabelValues<Name extends MetricName> = ValuePerLabel<(typeof METRICS)[Name]['labels']>;

type ValuePerLabel<Labels extends readonly string[]> = { readonly [Index in keyof Labels]: string };

/** A metric's row by a name that is only known at run time. */
export function metricSpec(name: MetricName): MetricSpec {
  return METRICS[name];
}
