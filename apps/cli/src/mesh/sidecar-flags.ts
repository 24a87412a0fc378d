// SPDX-License-Identifier: Apache-2.0
import type { RunningSidecar, StartSidecarOptions } from '@weir/sidecar';
import { Option } from 'commander';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { addMemberOptions } from '../flags/member-options.ts';
import type { MemberFlags } from '../flags/member-options.ts';
import { addMetricsOptions, metricsPlaceOf } from '../flags/metrics-options.ts';
import type { MetricsFlags } from '../flags/metrics-options.ts';
import { parseEndpoint, parseMetricsAddress, parseShare } from '../flags/parse-flags.ts';
import type { Place, ServicePlace } from '../flags/parse-mesh-flags.ts';
import { addPlaceOptions } from '../flags/place-options.ts';
import type { PlaceFlags } from '../flags/place-options.ts';
import { joinProofReader } from '../flags/read-join-proof.ts';
import { accessLogOf, addAccessLogOption, addDrainOptions } from '../flags/traffic-options.ts';
import type { TrafficFlags } from '../flags/traffic-options.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readTracing } from '../tracing/read-tracing.ts';
import type { TracingFlags } from '../tracing/read-tracing.ts';
import { readProbing } from './read-probing.ts';

/** What `weir sidecar` and `weir run` have in common. */
export interface SidecarFlags extends MemberFlags, MetricsFlags, PlaceFlags, Partial<TracingFlags>, TrafficFlags {
  readonly probeAddress: ReturnType<typeof parseMetricsAddress>;
  readonly probes: string | undefined;
}

export function addSidecarOptions(command: Command, terminal: Terminal): Command {
  addMemberOptions(command, { state: 'keeps certificate and configuration over a restart; best in memory (tmpfs)' });
  addMetricsOptions(command, 'off')
    .addOption(
      new Option('--probe-address <address>', 'where to serve /livez, /readyz and the probes of --probes, or off')
        .argParser(parseMetricsAddress)
        .default('off'),
    )
    .option('--probes <file>', 'probes of the application, which are asked at --probe-address; WEIR_PROBES has the same');
  addAccessLogOption(command, terminal)
    .option('--otlp-endpoint <url>', 'collector that gets a span for each request (OTLP over HTTP), or off', parseEndpoint)
    .option('--trace-ratio <share>', 'share of requests without a trace that begin one, 0 to 1 (default: 1)', parseShare);
  addPlaceOptions(command, 'workload');
  return addDrainOptions(command, terminal);
}

export interface SidecarPlan {
  readonly identity: string;
  readonly name?: string | undefined;
  readonly inbound: StartSidecarOptions['inbound'];
  readonly outbound: readonly { readonly listen: Place; readonly to: ServicePlace }[];
  /** At which the workload is called; undefined = nothing is redirected here. */
  readonly capture?: readonly string[] | undefined;
  readonly proxy: Place | undefined;
}

/** Throws CommandFailure where the join token, probes or where to send spans cannot be read. */
export async function sidecarOptions(flags: SidecarFlags, plan: SidecarPlan, terminal: Terminal): Promise<StartSidecarOptions> {
  const { err, environment } = terminal;
  const [own] = plan.identity.split('/');
  return {
    ...{ identity: plan.identity, name: plan.name, inbound: plan.inbound, proxy: plan.proxy, controlPlane: flags.controlPlane },
    ...{ trustDomain: flags.trustDomain, stateDirectory: flags.state, zone: flags.zone, node: flags.node },
    proof: await joinProofReader(flags, terminal),
    probing: await readProbing(flags, terminal),
    tracing: tracingOf(plan, flags, terminal),
    outbound: plan.outbound.map(({ listen, to: { service, namespace = own, port } }) => ({
      listen,
      service: `mesh/${namespace}/${service}`,
      port,
    })),
    capture: plan.capture,
    metricsAt: metricsPlaceOf(flags),
    accessLog: accessLogOf(flags, terminal),
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
