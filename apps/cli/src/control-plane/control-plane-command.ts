// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { anyAddress } from '@weir/base';
import type { ClusterStartOptions, MeshOptions, RunningControlPlane, ServeOptions, StartOptions } from '@weir/control-plane';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parseAddress, parseWait } from '../flags/parse-flags.ts';
import { parsePlace } from '../flags/parse-mesh-flags.ts';
import type { Place } from '../flags/parse-mesh-flags.ts';
import { SignalWatch } from '../screen/signal-watch.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { addClusterOptions, clusterOptionsFrom } from './cluster-options.ts';
import type { ClusterFlags } from './cluster-options.ts';
import { createHumanLog, unstartedReason } from './control-plane-log.ts';
import type { ControlPlaneLog } from './control-plane-log.ts';
import { LOG_LEVELS } from './log-level.ts';
import type { LogLevel } from './log-level.ts';
import { stateOption } from './state-directory.ts';

interface Flags extends ClusterFlags {
  readonly config?: string;
  readonly listen?: Place;
  readonly api?: Place;
  readonly apiHost: readonly string[];
  readonly apiCert?: string;
  readonly apiKey?: string;
  readonly authorityCert?: string;
  readonly authorityKey?: string;
  readonly state: string;
  readonly trustDomain?: string;
  readonly leafLifetime?: number;
  readonly bind: string;
  readonly allowPartial: boolean;
  readonly logFormat: 'human' | 'json';
  readonly logLevel: LogLevel;
}

const SYNC_PORT = 15_010;
const API_PORT = 15_011;

const HELP = `
Documents are watched. A file that cannot be read keeps what it said before. Proxies join with what weir token prints; what happens is on
standard error, in lines of JSON where that is no terminal. The state directory has the keys of the mesh (a backup of it is a backup of the mesh's identity) and the tokens of the API,
by which the other commands find this one.

The trust domain is for good: what is stored, else --trust-domain, else what an XMesh's ConfigMap says, else weir.local.

Ctrl-C or SIGTERM ends it; proxies go on with what they have.

Exit codes: 0 stopped, 1 the documents have errors or what is stored cannot be used, 2 the command line is wrong, 3 a port cannot be
listened on or the state directory is in use, 70 something failed inside Weir, 130 a second Ctrl-C ended it at once.

Example:
  weir control-plane --config ./config --listen 10.0.0.1:15010`;

/** `weir control-plane`. */
export function addControlPlaneCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('control-plane')
    .description('compile documents of a directory, or of a cluster, and distribute them to gateways and sidecars')
    .option('--config <directory>', 'YAML and JSON documents, subdirectories included')
    .addOption(placeOption('--listen <address>', 'where proxies connect, over mutual TLS', SYNC_PORT))
    .addOption(placeOption('--api <address>', 'where the API is; off loopback over TLS', API_PORT))
    .option('--api-host <name...>', 'names by which the API may be asked, besides IP addresses and localhost', [])
    .option('--api-cert <file>', "certificate of the API, in PEM form; off loopback it has the control plane's own otherwise")
    .option('--api-key <file>', 'its key')
    .addOption(stateOption(terminal, 'keeps the keys of the mesh and who has joined'))
    .option('--authority-cert <file>', 'an authority of your own for the mesh, in PEM form: what issues first, the root last')
    .option('--authority-key <file>', 'key of the first of its certificates')
    .option('--trust-domain <name>', 'trust domain of the mesh, chosen once')
    .addOption(new Option('--leaf-lifetime <duration>', 'how long certificates of proxies are good').argParser(parseWait))
    .option('--bind <address>', 'IP address that Gateways listen on which name none', parseAddress, '127.0.0.1')
    .option(
      '--allow-partial',
      'start also when some documents cannot be read: what policies among them guard is open until they are mended',
      false,
    )
    .addOption(
      new Option('--log-format <format>', 'form of what is told on standard error')
        .choices(['human', 'json'])
        .default(terminal.err.isTerminal ? 'human' : 'json', 'human on a terminal, else json'),
    )
    .addOption(new Option('--log-level <level>', 'tell from this level on').choices(LOG_LEVELS).default('info'));
  addClusterOptions(command)
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      const startedMs = performance.now();
      using signals = new SignalWatch(terminal);
      const log = await openLog(flags, terminal);
      const running = await start(flags, log);
      log.started(running, { documents: flags.config ?? 'the cluster', durationMs: performance.now() - startedMs });
      await signals.asked;
      await running.stop();
      log.stopped();
    });
}

/** Only lines of JSON need the library that writes them. */
async function openLog({ logFormat, logLevel: level }: Flags, { err: out }: Terminal): Promise<ControlPlaneLog> {
  if (logFormat === 'human') return createHumanLog({ level, out });
  const { createJsonLog } = await import('./json-log.ts');
  return createJsonLog({ level, out, nowMs: () => Date.now() });
}

function placeOption(flag: string, what: string, port: number): Option {
  return new Option(flag, `${what} (default: 127.0.0.1:${port}, with --cluster *:${port})`).argParser(parsePlace);
}

async function start(flags: Flags, log: ControlPlaneLog): Promise<RunningControlPlane> {
  const options = await optionsFrom(flags, log);
  // It brings libraries that no other command needs.
  const { startClusterControlPlane, startControlPlane } = await import('@weir/control-plane');
  try {
    return 'directory' in options ? await startControlPlane(options) : await startClusterControlPlane(options);
  } catch (error) {
    throw failureFrom(error, log);
  }
}

async function optionsFrom(flags: Flags, log: ControlPlaneLog): Promise<ClusterStartOptions | StartOptions> {
  const { config, cluster, state, bind, allowPartial } = flags;
  if (cluster === (config !== undefined)) {
    throw new CommandFailure(EXIT.usage, 'name a directory of documents with --config, or say --cluster');
  }
  const shared = await sharedOptionsFrom(flags, log);
  if (config === undefined) return { ...shared, ...clusterOptionsFrom(flags) };
  return { ...shared, directory: config, stateDirectory: state, bindAddress: bind, allowsPartial: allowPartial };
}

async function sharedOptionsFrom(flags: Flags, log: ControlPlaneLog): Promise<MeshOptions & ServeOptions> {
  const address = flags.cluster ? anyAddress() : '127.0.0.1';
  return {
    listen: flags.listen ?? { address, port: SYNC_PORT },
    api: flags.api ?? { address, port: API_PORT },
    apiHostNames: flags.apiHost.map(name => name.toLowerCase()),
    apiTls: await readTls(flags),
    given: await readAuthority(flags),
    trustDomain: flags.trustDomain,
    leafLifetimeMs: flags.leafLifetime,
    onEvent: event => log.event(event),
  };
}

async function readTls({ apiCert, apiKey }: Flags): Promise<StartOptions['apiTls']> {
  return readPair('--api', { cert: apiCert, key: apiKey });
}

async function readAuthority({ authorityCert, authorityKey }: Flags): Promise<StartOptions['given']> {
  const pair = await readPair('--authority', { cert: authorityCert, key: authorityKey });
  return pair && { chainPem: pair.cert, keyPem: pair.key };
}

/** Both files of a pair of flags `FLAG-cert` and `FLAG-key`; undefined where neither is there. */
async function readPair(
  flag: string,
  { cert, key }: { readonly cert: string | undefined; readonly key: string | undefined },
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new CommandFailure(EXIT.usage, `${flag}-cert and ${flag}-key belong together: name both`);
  }
  return { cert: await readPem(`${flag}-cert`, cert), key: await readPem(`${flag}-key`, key) };
}

async function readPem(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(EXIT.usage, `${flag} ${file} cannot be read: ${String(cause)}`, { cause });
  }
}

/** By their names, as their module is only loaded to start. */
function failureFrom(error: unknown, log: ControlPlaneLog): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'IdentityError') {
    const hint: unknown = Reflect.get(error, 'hint');
    return new CommandFailure(EXIT.problems, `${error.message}\n    ${String(hint)}`, { cause: error });
  }
  if (error.name !== 'StartError') return error;
  const { problems } = error as Error & { readonly problems: RunningControlPlane['startProblems'] };
  if (problems.length === 0) return new CommandFailure(EXIT.listen, error.message, { cause: error });
  log.unstarted(problems);
  return new CommandFailure(EXIT.problems, unstartedReason(error.message, problems));
}
