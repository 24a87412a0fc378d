// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import type { RunningSidecar, StartSidecarOptions } from '@weir/sidecar';
import { parseJoinText } from '@weir/identity';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parseEndpoint, parseMetricsAddress, parseShare, parseWait, parseZone } from '../flags/parse-flags.ts';
import { parsePlace } from '../flags/parse-mesh-flags.ts';
import type { Place, ServicePlace } from '../flags/parse-mesh-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readTracing } from '../tracing/read-tracing.ts';
import type { TracingFlags } from '../tracing/read-tracing.ts';
import { readProbing } from './read-probing.ts';

/** What `weir sidecar` and `weir run` have in common. */
export interface SidecarFlags extends Partial<TracingFlags> {
  readonly controlPlane: Place;
  readonly joinFile: string | undefined;
  readonly trustDomain: string;
  readonly state: string | undefined;
  readonly metricsAddress: ReturnType<typeof parseMetricsAddress>;
  readonly probeAddress: ReturnType<typeof parseMetricsAddress>;
  readonly probes: string | undefined;
  readonly accessLog: StartSidecarOptions['accessLog']['format'];
  readonly zone: string;
  readonly drainDelay: number;
  readonly drainDeadline: number;
}

/** Kubernetes takes some seconds to take an endpoint out of every Service after its readiness fails. */
const DRAIN_DELAY_MS = 5_000;
const DRAIN_DEADLINE_MS = 30_000;

export function addSidecarOptions(command: Command, { out }: Terminal): Command {
  return command
    .addOption(
      new Option('--control-plane <address>', 'where the control plane listens')
        .argParser(parsePlace)
        .default({ address: '127.0.0.1', port: 15_010 }, '127.0.0.1:15010'),
    )
    .option('--join-file <file>', 'what `weir token` printed; WEIR_JOIN has the same. Needed once, unless --state is kept')
    .option('--trust-domain <name>', 'trust domain of the mesh', 'weir.local')
    .option('--state <directory>', 'keeps certificate and configuration over a restart; best in memory (tmpfs)')
    .addOption(
      new Option('--metrics-address <address>', 'where to serve /metrics, /livez and /readyz, or off')
        .argParser(parseMetricsAddress)
        .default('off'),
    )
    .addOption(
      new Option('--probe-address <address>', 'where to serve /livez, /readyz and the probes of --probes, or off')
        .argParser(parseMetricsAddress)
        .default('off'),
    )
    .option('--probes <file>', 'probes of the application, which are asked at --probe-address; WEIR_PROBES has the same')
    .addOption(
      new Option('--access-log <format>', 'a line for each request on standard output')
        .choices(['json', 'human', 'off'])
        .default(out.isTerminal ? 'human' : 'json', 'human on a terminal, else json'),
    )
    .option('--otlp-endpoint <url>', 'collector that gets a span for each request (OTLP over HTTP), or off', parseEndpoint)
    .option('--trace-ratio <share>', 'share of requests without a trace that begin one, 0 to 1 (default: 1)', parseShare)
    .addOption(
      new Option('--zone <name>', 'zone that the workload runs in')
        .env('WEIR_ZONE')
        .argParser(parseZone)
        .default('', 'not known'),
    )
    .addOption(
      new Option('--drain-delay <duration>', 'how long to go on after /readyz says no')
        .argParser(parseWait)
        .default(out.isTerminal ? 0 : DRAIN_DELAY_MS, '0 on a terminal, else 5s'),
    )
    .addOption(
      new Option('--drain-deadline <duration>', 'how long connections may then take to end')
        .argParser(parseWait)
        .default(DRAIN_DEADLINE_MS, '30s'),
    );
}

export interface SidecarPlan {
  readonly identity: string;
  readonly inbound: StartSidecarOptions['inbound'];
  readonly outbound: readonly { readonly listen: Place; readonly to: ServicePlace }[];
  /** At which the workload is called; undefined = nothing is redirected here. */
  readonly capture?: readonly string[] | undefined;
  readonly proxy: Place | undefined;
}

const STANDARD_OUTPUT = 1;

/** Throws CommandFailure where the join token, probes or where to send spans cannot be read. */
export async function sidecarOptions(flags: SidecarFlags, plan: SidecarPlan, terminal: Terminal): Promise<StartSidecarOptions> {
  const { err, out, environment } = terminal;
  const [own] = plan.identity.split('/');
  return {
    ...{ identity: plan.identity, inbound: plan.inbound, proxy: plan.proxy, controlPlane: flags.controlPlane },
    ...{ trustDomain: flags.trustDomain, stateDirectory: flags.state, zone: flags.zone },
    joinText: await readJoinText(flags, terminal),
    probing: await readProbing(flags, terminal),
    tracing: tracingOf(plan, flags, terminal),
    outbound: plan.outbound.map(({ listen, to: { service, namespace = own, port } }) => ({
      listen,
      service: `mesh/${namespace}/${service}`,
      port,
    })),
    capture: plan.capture,
    metricsAt: flags.metricsAddress === 'off' ? undefined : flags.metricsAddress,
    accessLog: { format: flags.accessLog, hasColour: out.isColour, descriptor: STANDARD_OUTPUT },
    runtimeDirectory: environment['XDG_RUNTIME_DIR'],
    onNote: text => err.write(`${err.paint.dim(text)}\n`),
  };
}

/** Spans are of the workload: its own have the same names, where it makes some. */
function tracingOf({ identity }: SidecarPlan, flags: SidecarFlags, { environment }: Terminal): StartSidecarOptions['tracing'] {
  const [namespace = '', name = ''] = identity.split('/');
  const { otlpEndpoint, traceRatio } = flags;
  return readTracing({ otlpEndpoint, traceRatio }, environment, { 'service.name': name, 'service.namespace': namespace });
}

async function readJoinText({ joinFile }: SidecarFlags, { environment }: Terminal): Promise<string | undefined> {
  const text = joinFile === undefined ? environment['WEIR_JOIN'] : await readJoinFile(joinFile);
  if (text === undefined || text === '') return undefined;
  const parsed = parseJoinText(text);
  if (!parsed.isValid) throw new CommandFailure(EXIT.usage, parsed.reason);
  return text;
}

async function readJoinFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(EXIT.usage, `--join-file ${file} cannot be read: ${String(cause)}`, { cause });
  }
}

/**
 * Starts a sidecar, which may wait for its control plane for as long as it takes; undefined where the process is asked to end before
 * that: then nothing serves yet, and nothing has to be drained.
 */
export async function startUnlessAsked(
  options: StartSidecarOptions,
  asked: Promise<undefined>,
): Promise<RunningSidecar | undefined> {
  const { startSidecar } = await import('@weir/sidecar');
  return Promise.race([startSidecar(options), asked]);
}

/** Ends a process in which something still waits for what nobody needs any more. */
export function endUnserved({ err }: Terminal): never {
  err.write(`${err.paint.dim('stopped before it served')}\n`);
  process.exit(EXIT.ok);
}
