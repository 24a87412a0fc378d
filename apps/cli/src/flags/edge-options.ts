// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os';
import type { EdgeOptions } from '@weir/gateway';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { readTracing } from '../tracing/read-tracing.ts';
import type { TracingFlags } from '../tracing/read-tracing.ts';
import { addMetricsOptions, metricsPlaceOf } from './metrics-options.ts';
import type { MetricsFlags } from './metrics-options.ts';
import { parseEndpoint, parseHopCount, parseMemory, parseShare, parseWorkerCount } from './parse-flags.ts';
import { addPlaceOptions } from './place-options.ts';
import type { PlaceFlags } from './place-options.ts';
import { accessLogOf, addAccessLogOption, addDrainOptions } from './traffic-options.ts';
import type { TrafficFlags } from './traffic-options.ts';

/** What `weir up` and `weir gateway` have in common: each is an edge process. */
export interface EdgeFlags extends MetricsFlags, PlaceFlags, Partial<TracingFlags>, TrafficFlags {
  readonly workers: number;
  readonly trustedHops: number;
  readonly maxMemory: number;
  readonly endWithInput: boolean;
}

export function addEdgeOptions(command: Command, terminal: Terminal): Command {
  command.option('--workers <count>', 'threads that carry traffic', parseWorkerCount, availableParallelism());
  addMetricsOptions(command, { address: '127.0.0.1', port: 9464 });
  addAccessLogOption(command, terminal)
    .option('--trusted-hops <count>', 'proxies in front whose X-Forwarded-For is believed', parseHopCount, 0)
    .addOption(
      new Option('--max-memory <size>', 'what the process may use before it refuses requests, such as 512MiB')
        .argParser(parseMemory)
        .default(0, 'what its control group allows, or the machine has'),
    )
    .option('--otlp-endpoint <url>', 'collector that gets a span for each request (OTLP over HTTP), or off', parseEndpoint)
    .option('--trace-ratio <share>', 'share of requests without a trace that begin one, 0 to 1 (default: 1)', parseShare);
  addPlaceOptions(command, 'gateway');
  return addDrainOptions(command, terminal).option(
    '--end-with-input',
    'end as on SIGTERM when standard input ends, as it does when a parent process dies',
    false,
  );
}

/** Throws CommandFailure where a variable of OpenTelemetry cannot be used. */
export function edgeOptionsFrom(flags: EdgeFlags, terminal: Terminal): Omit<EdgeOptions, 'identity' | 'onEvent'> {
  const { environment } = terminal;
  return {
    workerCount: flags.workers,
    metricsAt: metricsPlaceOf(flags),
    accessLog: accessLogOf(flags, terminal),
    tracing: readTracing({ otlpEndpoint: flags.otlpEndpoint, traceRatio: flags.traceRatio }, environment),
    trustedHopCount: flags.trustedHops,
    maxMemoryBytes: flags.maxMemory,
    ...{ zone: flags.zone, node: flags.node },
    runtimeDirectory: environment['XDG_RUNTIME_DIR'],
  };
}
