// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util';
import { MAX_PROXIES } from './fleet/fleet-plan.ts';

export interface BenchOptions {
  /** Scenario names; empty = all. */
  readonly scenarios: readonly string[];
  /** Contestants to measure; empty = all that this machine has. */
  readonly peers: readonly string[];
  readonly rounds: number;
  /** Length of one measured window. */
  readonly seconds: number;
  /** Simulated proxies of the control plane's scenario. */
  readonly proxies: number;
  readonly jsonFile: string | undefined;
}

const DEFAULT_ROUNDS = 3;
const DEFAULT_SECONDS = 4;
const DEFAULT_PROXIES = 2_000;

export const USAGE = `Usage: npm run bench [-- SCENARIO…] [--rounds N] [--seconds S] [--peers NAME,…] [--proxies N]
  [--json FILE]

Measures the gateway against nginx, HAProxy, Envoy and http-proxy where they are on PATH: one core for the proxy, another for
load and backend, rounds interleaved, medians shown. Without a scenario, all of them run (some twenty minutes).

Example: npm run bench -- keep-alive tls --rounds 5 --json bench.json`;

/** Throws an Error with words for the user when an argument is wrong. */
export function parseBenchOptions(args: readonly string[], knownScenarios: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      peers: { type: 'string' },
      proxies: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  for (const scenario of positionals) {
    if (!knownScenarios.includes(scenario)) {
      throw new Error(`no scenario \`${scenario}\`; write one of: ${knownScenarios.join(', ')}`);
    }
  }
  return {
    scenarios: positionals,
    peers: values.peers === undefined ? [] : values.peers.split(','),
    rounds: parseCount('--rounds', values.rounds, DEFAULT_ROUNDS),
    seconds: parseCount('--seconds', values.seconds, DEFAULT_SECONDS),
    proxies: parseProxies(values.proxies),
    jsonFile: values.json,
  };
}

function parseProxies(text: string | undefined): number {
  const count = parseCount('--proxies', text, DEFAULT_PROXIES);
  if (count <= MAX_PROXIES) return count;
  throw new Error(`--proxies is \`${text ?? ''}\`; write at most ${MAX_PROXIES}`);
}

function parseCount(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`${flag} is \`${text}\`; write a whole number above 0`);
}
