// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os';
import { startGateway, StartError } from '@weir/gateway';
import type { GatewayOptions, Running, TracingOptions } from '@weir/gateway';
import { ListenError } from '@weir/proxy';
import type { PoolTracing } from '@weir/proxy';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import {
  parseAddress,
  parseEndpoint,
  parseHopCount,
  parseMemory,
  parseMetricsAddress,
  parseShare,
  parseWait,
  parseWorkerCount,
  parseZone,
} from '../flags/parse-flags.ts';
import { LazyMeshHost } from '../mesh-host/lazy-mesh-host.ts';
import { renderEvent } from '../screen/render-event.ts';
import { renderStart } from '../screen/render-start.ts';
import { SignalWatch } from '../screen/signal-watch.ts';
import { readTracing } from '../tracing/read-tracing.ts';
import type { TracingFlags } from '../tracing/read-tracing.ts';
import { countProblems, renderProblems } from '../terminal/render-problem.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface UpFlags extends Partial<TracingFlags> {
  readonly workers: number;
  readonly bind: string;
  readonly metricsAddress: ReturnType<typeof parseMetricsAddress>;
  readonly accessLog: GatewayOptions['accessLog']['format'];
  readonly allowPartial: boolean;
  readonly trustedHops: number;
  readonly maxMemory: number;
  readonly zone: string;
  readonly drainDelay: number;
  readonly drainDeadline: number;
  readonly endWithInput: boolean;
}

const HELP = `
Documents are watched: each change is live within milliseconds. A file that cannot be read keeps what it said before; what refers to
something that is not there is in force, and refuses the requests that need it.
Traces: --otlp-endpoint, or OpenTelemetry's variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME and others).
The access log goes to standard output, everything else to standard error. A Unix socket for operators is printed at the start:
  curl --unix-socket PATH http://weir/status     (also /snapshot, /listeners, /workers)

Ctrl-C or SIGTERM: /readyz says no, after --drain-delay answers close their connections, and the process ends when none is left, at
--drain-deadline at the latest. A second Ctrl-C ends it at once.

Exit codes: 0 stopped, 1 the documents have errors, 2 the command line is wrong, 3 a port cannot be listened on,
70 something failed inside Weir, 130 a second Ctrl-C ended it at once.

Example:
  weir up ./config --bind 0.0.0.0 --access-log json`;

/** `weir up DIR`. */
export function addUpCommand(program: Command, terminal: Terminal): void {
  const isTerminal = terminal.out.isTerminal;
  program
    .command('up')
    .description('run a gateway on a directory of documents')
    .argument('<directory>', 'YAML and JSON documents, subdirectories included')
    .option('--workers <count>', 'threads that carry traffic', parseWorkerCount, availableParallelism())
    .option('--bind <address>', 'IP address that Gateways listen on which name none', parseAddress, '127.0.0.1')
    .addOption(
      new Option('--metrics-address <address>', 'where to serve /metrics, /livez and /readyz, or off')
        .argParser(parseMetricsAddress)
        .default({ address: '127.0.0.1', port: 9464 }, '127.0.0.1:9464'),
    )
    .addOption(
      new Option('--access-log <format>', 'a line for each request on standard output')
        .choices(['json', 'human', 'off'])
        .default(isTerminal ? 'human' : 'json', 'human on a terminal, else json'),
    )
    .option('--allow-partial', 'start also when some documents cannot be read', false)
    .option('--trusted-hops <count>', 'proxies in front whose X-Forwarded-For is believed', parseHopCount, 0)
    .addOption(
      new Option('--max-memory <size>', 'what the process may use before it refuses requests, such as 512MiB')
        .argParser(parseMemory)
        .default(0, 'what its control group allows, or the machine has'),
    )
    .addOption(
      new Option('--zone <name>', 'zone that the gateway runs in, as EndpointSlices call it: for balancing that prefers it')
        .env('WEIR_ZONE')
        .argParser(parseZone)
        .default('', 'not known'),
    )
    .option('--otlp-endpoint <url>', 'collector that gets a span for each request (OTLP over HTTP), or off', parseEndpoint)
    .option('--trace-ratio <share>', 'share of requests without a trace that begin one, 0 to 1 (default: 1)', parseShare)
    .addOption(
      new Option('--drain-delay <duration>', 'how long to go on after /readyz says no, for balancers in front to notice')
        .argParser(parseWait)
        .default(isTerminal ? 0 : DRAIN_DELAY_MS, '0 on a terminal, else 5s'),
    )
    .addOption(
      new Option('--drain-deadline <duration>', 'how long connections may then take to end')
        .argParser(parseWait)
        .default(DRAIN_DEADLINE_MS, '30s'),
    )
    .option('--end-with-input', 'end as on SIGTERM when standard input ends, as it does when a parent process dies', false)
    .addHelpText('after', HELP)
    .action((directory: string, flags: UpFlags) => up(directory, flags, terminal));
}

async function up(directory: string, flags: UpFlags, terminal: Terminal): Promise<void> {
  const { err, environment } = terminal;
  const startedMs = performance.now();
  using signals = new SignalWatch(terminal, flags.endWithInput ? process.stdin : undefined);
  const tracing = readTracing({ otlpEndpoint: flags.otlpEndpoint, traceRatio: flags.traceRatio }, environment);
  const gateway: { running?: Running } = {};
  const mesh = createMeshHost(flags, {
    terminal,
    // Sidecars start before the gateway does, and have no requests until then.
    tracing: tracing && { sampler: tracing.sampler, onSpans: spans => gateway.running?.takeSpans(spans) },
  });
  const running = await start({ directory, flags, tracing, mesh }, terminal);
  gateway.running = running;
  await refuseClosedPorts(running, mesh);
  const { states: sidecars, trustDomain } = mesh;
  err.write(renderStart({ running, directory, sidecars, trustDomain, durationMs: performance.now() - startedMs }, err.paint));
  await signals.asked;
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

/** Kubernetes takes some seconds to take an endpoint out of every Service after its readiness fails. */
const DRAIN_DELAY_MS = 5_000;
/** Kubernetes kills after 30 s unless told otherwise; an answer that takes longer is rare. */
const DRAIN_DEADLINE_MS = 30_000;

interface UpRun {
  readonly directory: string;
  readonly flags: UpFlags;
  readonly tracing: TracingOptions | undefined;
  readonly mesh: LazyMeshHost;
}

async function start({ directory, flags, tracing, mesh }: UpRun, terminal: Terminal): Promise<Running> {
  const { err } = terminal;
  try {
    return await startGateway({
      directory,
      workerCount: flags.workers,
      bindAddress: flags.bind,
      metricsAt: flags.metricsAddress === 'off' ? undefined : flags.metricsAddress,
      accessLog: accessLogOf(flags, terminal),
      tracing,
      allowsPartial: flags.allowPartial,
      trustedHopCount: flags.trustedHops,
      maxMemoryBytes: flags.maxMemory,
      zone: flags.zone,
      runtimeDirectory: terminal.environment['XDG_RUNTIME_DIR'],
      mesh,
      onEvent: event => {
        err.write(renderEvent(event, err.paint));
        if (event.kind === 'changed') void mesh.settle();
      },
    });
  } catch (error) {
    await mesh.close(0);
    throw failureFrom(error, terminal);
  }
}

const STANDARD_OUTPUT = 1;

function accessLogOf({ accessLog }: UpFlags, { out }: Terminal): GatewayOptions['accessLog'] {
  return { format: accessLog, hasColour: out.isColour, descriptor: STANDARD_OUTPUT };
}

interface MeshHostParts {
  readonly terminal: Terminal;
  readonly tracing: PoolTracing | undefined;
}

function createMeshHost(flags: UpFlags, { terminal, tracing }: MeshHostParts): LazyMeshHost {
  const { err } = terminal;
  return new LazyMeshHost({
    accessLog: accessLogOf(flags, terminal),
    tracing,
    zone: flags.zone,
    onNote: text => err.write(renderEvent({ kind: 'note', text }, err.paint)),
  });
}

function failureFrom(error: unknown, { err }: Terminal): unknown {
  if (error instanceof ListenError) return new CommandFailure(EXIT.listen, `${error.message}\n    ${error.hint}`);
  if (!(error instanceof StartError)) return error;
  const { listenErrors, problems } = error;
  if (problems.length > 0) err.write(renderProblems(problems, err.paint));
  if (listenErrors.length > 0) {
    return new CommandFailure(EXIT.listen, listenErrors.map(({ message, hint }) => `${message}\n    ${hint}`).join('\nweir: '));
  }
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return new CommandFailure(EXIT.internal, error.message);
  return new CommandFailure(EXIT.problems, `${error.message} (${countProblems(errors)}); --allow-partial starts without them`);
}
