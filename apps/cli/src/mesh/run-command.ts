// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { constants } from 'node:os';
import { systemClock } from '@weir/base';
import type { RunningSidecar } from '@weir/sidecar';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { collectUpstream, parseIdentity, parsePlace } from '../flags/parse-mesh-flags.ts';
import type { Place, ServicePlace } from '../flags/parse-mesh-flags.ts';
import { SignalWatch } from '../screen/signal-watch.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { renderSidecar } from './render-sidecar.ts';
import { addSidecarOptions, endUnserved, sidecarOptions, startUnlessAsked } from './sidecar-flags.ts';
import type { SidecarFlags } from './sidecar-flags.ts';

interface Flags extends SidecarFlags {
  readonly service: string;
  readonly identity: string | undefined;
  readonly listen: Place | undefined;
  readonly application: Place | undefined;
  readonly upstream: readonly { readonly listen: Place; readonly to: ServicePlace }[] | undefined;
}

const HELP = `
The command is started when the sidecar is ready, with PORT (where it should listen), HTTP_PROXY and NODE_USE_ENV_PROXY (by which it
reaches every Service by name) in its environment. When it ends, the sidecar does, with its exit code; on SIGTERM calls to it end
first, then it is told (and killed where it has not ended after --drain-deadline), then its own calls end.

Exit codes: the command's own (128 and the number of the signal that ended it), 2 the command line is wrong, 3 a port cannot be
listened on, 70 something failed inside Weir.

Example:
  weir run --service shop/cart --join-file cart.join --listen 127.0.0.2:8080 --upstream orders=4001 -- node cart.js`;

/** `weir run`. */
export function addRunCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .description('run a command beside a sidecar')
    .argument('<command...>', 'what to run, behind --')
    .requiredOption('--service <service>', 'what the command is: NAMESPACE/NAME', parseIdentity)
    .option('--identity <identity>', 'who it is: NAMESPACE/SERVICE-ACCOUNT; as --service where not given', parseIdentity)
    .option('--listen <address>', 'endpoint of the Service at which the sidecar takes calls to it', parsePlace)
    .option('--application <address>', 'where the command listens; a free port of 127.0.0.1 where not given', parsePlace)
    .option('--upstream <service=port>', 'a port of 127.0.0.1 at which the command calls a Service', collectUpstream);
  addSidecarOptions(command, terminal)
    .addHelpText('after', HELP)
    .action(async (words: readonly string[], flags: Flags) => {
      process.exitCode = await run(words, flags, terminal);
    });
}

async function run(words: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const startedMs = performance.now();
  using signals = new SignalWatch(terminal);
  const { service, identity = service, listen, upstream: outbound = [] } = flags;
  const application = flags.application ?? (await freePlace());
  const proxy = await freePlace();
  const inbound = listen === undefined ? [] : [{ listen, application }];
  const options = await sidecarOptions(flags, { identity, inbound, outbound, proxy }, terminal);
  const running = await startUnlessAsked(options, signals.asked);
  if (running === undefined) endUnserved(terminal);
  terminal.err.write(renderSidecar(running, { ...options, durationMs: performance.now() - startedMs }, terminal.err.paint));
  const child = startCommand(words, { application, proxy });
  // A second Ctrl-C ends this process at once; nothing of it goes on alone.
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = endOf(child);
  let stopping: Promise<void> | undefined;
  const stop = (onReceivedEnded?: () => Promise<void>): Promise<void> =>
    (stopping ??= stopSidecar(running, flags, onReceivedEnded));
  try {
    if ((await Promise.race([ended, signals.asked])) === undefined) await stop(() => endCommand(child, ended, flags));
    return await ended;
  } finally {
    // Also where it could not be started: a job whose sidecar went on alone would never end.
    await stop();
  }
}

/** Tells it to end, and ends it where it does not: its supervisor would otherwise end the sidecar with it, and all calls on their way. */
async function endCommand(child: ChildProcess, ended: Promise<number>, { drainDeadline }: Flags): Promise<void> {
  child.kill('SIGTERM');
  const patience = systemClock.after(drainDeadline, () => child.kill('SIGKILL'));
  await ended;
  patience.cancel();
}

function stopSidecar(
  running: RunningSidecar,
  { drainDelay: delayMs, drainDeadline: deadlineMs }: Flags,
  onReceivedEnded: (() => Promise<void>) | undefined,
): Promise<void> {
  // Without its application nobody can be answered any more.
  return running.stop(onReceivedEnded === undefined ? { delayMs: 0, deadlineMs: 0 } : { delayMs, deadlineMs, onReceivedEnded });
}

function startCommand(
  [file = '', ...parameters]: readonly string[],
  { application, proxy }: { readonly application: Place; readonly proxy: Place },
): ChildProcess {
  const proxyUrl = `http://${proxy.address}:${proxy.port}`;
  const local = '127.0.0.1,localhost,::1';
  return spawn(file, parameters, {
    stdio: 'inherit',
    // A terminal's signals are for the sidecar, which tells the command in its turn.
    detached: true,
    env: {
      ...process.env,
      WEIR_JOIN: '',
      PORT: String(application.port),
      ...{ HTTP_PROXY: proxyUrl, http_proxy: proxyUrl, NO_PROXY: local, no_proxy: local, NODE_USE_ENV_PROXY: '1' },
    },
  });
}

/** As shells count. */
const SIGNAL_CODE = 128;

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', cause => {
      reject(new CommandFailure(EXIT.usage, `the command cannot be started: ${cause.message}`, { cause }));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? SIGNAL_CODE + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** A port that nobody has at this moment. */
async function freePlace(): Promise<Place> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { address: '127.0.0.1', port };
}
