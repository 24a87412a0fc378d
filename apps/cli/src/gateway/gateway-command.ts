// SPDX-License-Identifier: Apache-2.0
import type { FedGatewayOptions, RunningFedGateway } from '@weir/gateway/fed';
import { IdentityError } from '@weir/identity';
import { ListenError } from '@weir/proxy';
import { GATEWAY_IDENTITY } from '@weir/policy/snapshot';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { addEdgeOptions, edgeOptionsFrom } from '../flags/edge-options.ts';
import type { EdgeFlags } from '../flags/edge-options.ts';
import { addMemberOptions } from '../flags/member-options.ts';
import type { MemberFlags } from '../flags/member-options.ts';
import { parseGatewayName, parseIdentity, parseProxyName } from '../flags/parse-mesh-flags.ts';
import { joinProofReader } from '../flags/read-join-proof.ts';
import { renderEvent } from '../screen/render-event.ts';
import { SignalWatch } from '../screen/signal-watch.ts';
import { listenFailure } from '../terminal/listen-failure.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { renderGateway } from './render-gateway.ts';

interface Flags extends EdgeFlags, MemberFlags {
  readonly secrets: string | undefined;
  readonly name: string | undefined;
  readonly identity: string;
  readonly gateway: string | undefined;
}

const HELP = `
A gateway joins the mesh as weir-system/gateway with what \`weir token\` printed, keeps its certificate new, and serves every Gateway of the
control plane: it opens their ports, and each change is live within milliseconds. The control plane may be away later: what was there
goes on, over a restart too where --state is given. What HTTPS and TLS listeners need is kept in memory alone: in --secrets, or in
--state where that is on tmpfs. A port that is not free is tried again; where that holds for all of them at the start, it ends.

The access log goes to standard output, everything else to standard error. A Unix socket for operators is printed at the start:
  curl --unix-socket PATH http://weir/status     (also /snapshot, /listeners, /workers)

Ctrl-C or SIGTERM: /readyz says no, after --drain-delay answers close their connections, and the process ends when none is left, at
--drain-deadline at the latest. A second Ctrl-C ends it at once.

Exit codes: 0 stopped, 1 what is kept cannot be used, 2 the command line is wrong, 3 a port cannot be listened on,
70 something failed inside Weir, 130 a second Ctrl-C ended it at once.

Example:
  weir token --identity weir-system/gateway --address 10.0.0.1 > gateway.join      # beside the control plane
  weir gateway --control-plane 10.0.0.9:15010 --join-file gateway.join --state /var/lib/weir-gateway --secrets /run/weir-gateway`;

/** `weir gateway`. */
export function addGatewayCommand(program: Command, terminal: Terminal): void {
  const command = program.command('gateway').description('run an edge gateway that a control plane feeds');
  addMemberOptions(command, { state: 'keeps the configuration over a restart, and the certificate of the mesh' })
    .option('--secrets <directory>', 'keeps certificates and their private keys over a restart; in memory (tmpfs)')
    .addOption(
      new Option('--identity <identity>', 'who it is: NAMESPACE/SERVICE-ACCOUNT')
        .argParser(parseIdentity)
        .default(GATEWAY_IDENTITY),
    )
    .option('--gateway <name>', 'serve this one Gateway, NAMESPACE/NAME (default: all there are)', parseGatewayName)
    .option('--name <name>', 'name of this gateway among others (default: its host and --state)', parseProxyName);
  addEdgeOptions(command, terminal)
    .addHelpText('after', HELP)
    .action((flags: Flags) => runGateway(flags, terminal));
}

async function runGateway(flags: Flags, terminal: Terminal): Promise<void> {
  const { err } = terminal;
  const startedMs = performance.now();
  using signals = new SignalWatch(terminal, flags.endWithInput ? process.stdin : undefined);
  const options = await optionsFrom(flags, terminal);
  const running = await start(options, signals.asked);
  if (running === undefined) {
    err.write(`${err.paint.dim('stopped before it served')}\n`);
    // The control plane may still be waited for.
    process.exit(EXIT.ok);
  }
  const { controlPlane } = flags;
  err.write(renderGateway({ running, controlPlane, durationMs: performance.now() - startedMs }, err.paint));
  await signals.asked;
  await running.stop({ delayMs: flags.drainDelay, deadlineMs: flags.drainDeadline });
  err.write(`${err.paint.dim('stopped')}\n`);
  // A collector that does not answer leaves timers and sockets of its client behind, which nothing else ends.
  if (options.tracing !== undefined) process.exit();
}

async function optionsFrom(flags: Flags, terminal: Terminal): Promise<FedGatewayOptions> {
  const { err } = terminal;
  const proof = await joinProofReader(flags, terminal);
  if (
    flags.serviceAccountToken === undefined &&
    (await proof()) === undefined &&
    flags.state === undefined &&
    flags.secrets === undefined
  ) {
    throw new CommandFailure(EXIT.usage, NO_PROOF);
  }
  return {
    ...edgeOptionsFrom(flags, terminal),
    ...{ controlPlane: flags.controlPlane, trustDomain: flags.trustDomain, proof, name: flags.name },
    ...{ identity: flags.identity, gateway: flags.gateway },
    ...{ stateDirectory: flags.state, secretsDirectory: flags.secrets },
    onEvent: event => err.write(renderEvent(event, err.paint)),
  };
}

const NO_PROOF = `nothing says who this is: name what \`weir token\` printed with --join-file FILE or WEIR_JOIN, or the directory of an earlier start with --state
    beside the control plane: weir token --identity weir-system/gateway --address IP > gateway.join`;

/** Waits for the control plane for as long as it takes; undefined where the process is asked to end before it serves. */
async function start(options: FedGatewayOptions, asked: Promise<undefined>): Promise<RunningFedGateway | undefined> {
  const { startFedGateway, StartError } = await import('@weir/gateway/fed');
  try {
    return await Promise.race([startFedGateway(options), asked]);
  } catch (error) {
    if (error instanceof ListenError) throw listenFailure([error]);
    if (error instanceof IdentityError) {
      throw new CommandFailure(EXIT.problems, `${error.message}\n    ${error.hint}`, { cause: error });
    }
    if (!(error instanceof StartError)) throw error;
    throw error.listenErrors.length > 0 ? listenFailure(error.listenErrors) : new CommandFailure(EXIT.internal, error.message);
  }
}
