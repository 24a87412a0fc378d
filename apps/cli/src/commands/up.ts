// SPDX-License-Identifier: Apache-2.0
import { startGateway, StartError } from '@weir/gateway';
import type { Running } from '@weir/gateway';
import { GATEWAY_IDENTITY } from '@weir/policy/snapshot';
import type { SplitReport } from '@weir/policy/snapshot';
import { ListenError } from '@weir/proxy';
import type { PoolTracing } from '@weir/proxy';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { addEdgeOptions, edgeOptionsFrom } from '../flags/edge-options.ts';
import type { EdgeFlags } from '../flags/edge-options.ts';
import { parseAddress } from '../flags/parse-flags.ts';
import { accessLogOf } from '../flags/traffic-options.ts';
import { LazyMeshHost } from '../mesh-host/lazy-mesh-host.ts';
import { LazyRolloutHost } from '../rollout-host/lazy-rollout-host.ts';
import { renderEvent } from '../screen/render-event.ts';
import { renderTurn } from '../screen/render-turn.ts';
import { renderStart } from '../screen/render-start.ts';
import { SignalWatch } from '../screen/signal-watch.ts';
import { listenFailure } from '../terminal/listen-failure.ts';
import { countProblems, renderProblems } from '../terminal/render-problem.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface UpFlags extends EdgeFlags {
  readonly bind: string;
  readonly allowPartial: boolean;
  readonly state: string | undefined;
}

const HELP = `
Documents are watched: each change is live within milliseconds. A file that cannot be read keeps what it said before; what refers to
something that is not there is in force, and refuses the requests that need it.
Traces: --otlp-endpoint, or OpenTelemetry's variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME and others).
The access log goes to standard output, everything else to standard error. A Unix socket for operators is printed at the start:
  curl --unix-socket PATH http://weir/status     (also /snapshot, /listeners, /workers)
Rollouts are driven here, too: weir rollout list shows them. How far they have come is kept in --state; without it a restart begins them
anew with what the documents call stable.

Ctrl-C or SIGTERM: /readyz says no, after --drain-delay answers close their connections, and the process ends when none is left, at
--drain-deadline at the latest. A second Ctrl-C ends it at once.

Exit codes: 0 stopped, 1 the documents have errors, 2 the command line is wrong, 3 a port cannot be listened on,
70 something failed inside Weir, 130 a second Ctrl-C ended it at once.

Example:
  weir up ./config --bind 0.0.0.0 --access-log json`;

/** `weir up DIR`. */
export function addUpCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('up')
    .description('run a gateway on a directory of documents')
    .argument('<directory>', 'YAML and JSON documents, subdirectories included')
    .option('--bind <address>', 'IP address that Gateways listen on which name none', parseAddress, '127.0.0.1')
    .option(
      '--allow-partial',
      'start also when some documents cannot be read: what policies among them guard is open until they are mended',
      false,
    )
    .option('--state <directory>', 'keeps over a restart how far Rollouts have come (default: in memory alone)');
  addEdgeOptions(command, terminal)
    .addHelpText('after', HELP)
    .action((directory: string, flags: UpFlags) => up(directory, flags, terminal));
}

async function up(directory: string, flags: UpFlags, terminal: Terminal): Promise<void> {
  const { err } = terminal;
  const startedMs = performance.now();
  using signals = new SignalWatch(terminal, flags.endWithInput ? process.stdin : undefined);
  const edge = edgeOptionsFrom(flags, terminal);
  const { tracing } = edge;
  const gateway: { running?: Running } = {};
  const mesh: LazyMeshHost = createMeshHost(flags, {
    terminal,
    onSplitReport: (proxy, report) => rollouts.report(proxy, report),
    // Sidecars start before the gateway does, and have no requests until then.
    tracing: tracing && { sampler: tracing.sampler, onSpans: spans => gateway.running?.takeSpans(spans) },
  });
  const rollouts = createRolloutHost(flags, { terminal, mesh });
  const running = await start({ directory, flags, edge, mesh, rollouts }, terminal);
  gateway.running = running;
  await refuseClosedPorts(running, mesh);
  const { states: sidecars, trustDomain } = mesh;
  err.write(renderStart({ running, directory, sidecars, trustDomain, durationMs: performance.now() - startedMs }, err.paint));
  await signals.asked;
  await rollouts.close();
  await running.stop({
    delayMs: flags.drainDelay,
    deadlineMs: flags.drainDeadline,
    // The gateway has nothing to ask its sidecars for any more, and exports their last spans with its own.
    onTrafficEnded: () => mesh.close(flags.drainDeadline),
  });
  err.write(`${err.paint.dim('stopped')}\n`);
  // A collector that does not answer leaves timers and sockets of its client behind, which nothing else ends.
  if (tracing !== undefined) process.exit();
}

/** As of a Gateway's ports: what cannot be listened on at the start ends it. Throws CommandFailure. */
async function refuseClosedPorts(running: Running, mesh: LazyMeshHost): Promise<void> {
  const closed = mesh.states.flatMap(({ wanted: { key }, failure }) =>
    failure instanceof ListenError ? [{ key, failure }] : [],
  );
  if (closed.length === 0) return;
  await running.stop({ delayMs: 0, deadlineMs: 0 });
  await mesh.close(0);
  const texts = closed.map(({ key, failure }) => `sidecar of EndpointSlice ${key}: ${failure.message}\n    ${failure.hint}`);
  throw new CommandFailure(EXIT.listen, texts.join('\nweir: '));
}

interface UpRun {
  readonly directory: string;
  readonly flags: UpFlags;
  readonly edge: ReturnType<typeof edgeOptionsFrom>;
  readonly mesh: LazyMeshHost;
  readonly rollouts: LazyRolloutHost;
}

async function start({ directory, flags, edge, mesh, rollouts }: UpRun, terminal: Terminal): Promise<Running> {
  const { err } = terminal;
  try {
    return await startGateway({
      ...edge,
      identity: GATEWAY_IDENTITY,
      directory,
      bindAddress: flags.bind,
      allowsPartial: flags.allowPartial,
      ...{ mesh, rollouts },
      onEvent: event => {
        err.write(renderEvent(event, err.paint));
        if (event.kind === 'changed') void mesh.settle();
      },
    });
  } catch (error) {
    await rollouts.close();
    await mesh.close(0);
    throw failureFrom(error, terminal);
  }
}

interface MeshHostParts {
  readonly terminal: Terminal;
  readonly tracing: PoolTracing | undefined;
  readonly onSplitReport: (proxy: string, report: SplitReport) => void;
}

function createMeshHost(flags: UpFlags, { terminal, ...parts }: MeshHostParts): LazyMeshHost {
  const { err } = terminal;
  return new LazyMeshHost({
    accessLog: accessLogOf(flags, terminal),
    ...parts,
    zone: flags.zone,
    onNote: text => err.write(renderEvent({ kind: 'note', text }, err.paint)),
  });
}

function createRolloutHost(
  { state }: UpFlags,
  { terminal: { err }, mesh }: { readonly terminal: Terminal; readonly mesh: LazyMeshHost },
): LazyRolloutHost {
  return new LazyRolloutHost({
    ...{ stateDirectory: state, mesh },
    onTurn: (rollout, { words, by }) => err.write(renderTurn({ rollout, text: words, by }, err.paint)),
    onNote: text => err.write(renderEvent({ kind: 'note', text }, err.paint)),
  });
}

function failureFrom(error: unknown, { err }: Terminal): unknown {
  if (error instanceof ListenError) return listenFailure([error]);
  if (!(error instanceof StartError)) return error;
  const { listenErrors, problems } = error;
  if (problems.length > 0) err.write(renderProblems(problems, err.paint));
  if (listenErrors.length > 0) return listenFailure(listenErrors);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return new CommandFailure(EXIT.internal, error.message);
  return new CommandFailure(EXIT.problems, `${error.message} (${countProblems(errors)}); --allow-partial starts without them`);
}
