// SPDX-License-Identifier: Apache-2.0
import type { AccessLogSettings } from '@weir/proxy';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { parseWait } from './parse-flags.ts';

/** What every command has that carries traffic. */
export interface TrafficFlags {
  readonly accessLog: AccessLogSettings['format'];
  readonly drainDelay: number;
  readonly drainDeadline: number;
}

/** Kubernetes takes some seconds to take an endpoint out of every Service after its readiness fails. */
const DRAIN_DELAY_MS = 5_000;
/** Kubernetes kills after 30 s unless told otherwise; an answer that takes longer is rare. */
const DRAIN_DEADLINE_MS = 30_000;
const STANDARD_OUTPUT = 1;

export function addAccessLogOption(command: Command, { out }: Terminal): Command {
  return command.addOption(
    new Option('--access-log <format>', 'a line for each request on standard output')
      .choices(['json', 'human', 'off'])
      .default(out.isTerminal ? 'human' : 'json', 'human on a terminal, else json'),
  );
}

export function addDrainOptions(command: Command, { out }: Terminal): Command {
  return command
    .addOption(
      new Option('--drain-delay <duration>', 'how long to go on after /readyz says no, for balancers in front to notice')
        .argParser(parseWait)
        .default(out.isTerminal ? 0 : DRAIN_DELAY_MS, '0 on a terminal, else 5s'),
    )
    .addOption(
      new Option('--drain-deadline <duration>', 'how long connections may then take to end')
        .argParser(parseWait)
        .default(DRAIN_DEADLINE_MS, '30s'),
    );
}

export function accessLogOf({ accessLog }: Pick<TrafficFlags, 'accessLog'>, { out }: Terminal): AccessLogSettings {
  return { format: accessLog, hasColour: out.isColour, descriptor: STANDARD_OUTPUT };
}
