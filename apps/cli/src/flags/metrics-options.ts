// SPDX-License-Identifier: Apache-2.0
import type { MetricsPlace } from '@weir/proxy';
import { DEFAULT_MAX_TIME_SERIES } from '@weir/telemetry';
import { Option } from 'commander';
import type { Command } from 'commander';
import { parseMaxSeries, parseMetricsAddress } from './parse-flags.ts';

export interface MetricsFlags {
  readonly metricsAddress: ReturnType<typeof parseMetricsAddress>;
  readonly maxSeries: number;
}

/** `--metrics-address`, which is `at` unless somebody says otherwise, and `--max-series`. */
export function addMetricsOptions(command: Command, at: MetricsFlags['metricsAddress']): Command {
  const shown = at === 'off' ? 'off' : `${at.address}:${at.port}`;
  return command
    .addOption(
      new Option('--metrics-address <address>', 'where to serve /metrics, /livez and /readyz, or off')
        .argParser(parseMetricsAddress)
        .default(at, shown),
    )
    .option(
      '--max-series <count>',
      'time series that /metrics has at most; routes beyond count in one, `_overflow`',
      parseMaxSeries,
      DEFAULT_MAX_TIME_SERIES,
    );
}

/** Undefined = nowhere. */
export function metricsPlaceOf({ metricsAddress, maxSeries }: MetricsFlags): MetricsPlace | undefined {
  return metricsAddress === 'off' ? undefined : { ...metricsAddress, maxSeries };
}
