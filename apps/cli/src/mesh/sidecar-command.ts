// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import {
  collectAddress,
  collectInbound,
  collectOutbound,
  parseIdentity,
  parsePlace,
  parseProxyName,
} from '../flags/parse-mesh-flags.ts';
import type { Place, ServicePlace } from '../flags/parse-mesh-flags.ts';
import { SignalWatch } from '../screen/signal-watch.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { renderSidecar } from './render-sidecar.ts';
import { addSidecarOptions, endUnserved, sidecarOptions, startUnlessAsked } from './sidecar-flags.ts';
import type { SidecarFlags } from './sidecar-flags.ts';

interface Flags extends SidecarFlags {
  readonly identity: string;
  readonly name: string | undefined;
  readonly inbound: readonly { readonly listen: Place; readonly application: Place }[] | undefined;
  readonly outbound: readonly { readonly listen: Place; readonly to: ServicePlace }[] | undefined;
  readonly capture: readonly string[] | undefined;
  readonly httpProxy: Place | undefined;
}

/** What a pod's end begins with, while its application still works: the sidecar itself is asked to end when that has. */
const ENDS_SOON = 'SIGUSR2';

const HELP = `
A sidecar joins the mesh with what \`weir token\` printed, keeps its certificate new, and listens when it knows what its workload
serves. The control plane may be away later: what was there goes on. On SIGUSR2 callers from outside of the mesh are answered as before, but have
to connect again for each request: for a workload that is about to end.

Exit codes: 0 stopped, 2 the command line is wrong, 3 a port cannot be listened on, 70 something failed inside Weir.

Example:
  weir sidecar --identity shop/cart --join-file cart.join --inbound 10.0.0.7:8080=127.0.0.1:8080 --outbound 127.0.0.1:4001=orders
  weir sidecar --identity shop/cart --join-file cart.join --capture 10.0.0.7   # as user 15177, after weir intercept`;

/** `weir sidecar`. */
export function addSidecarCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('sidecar')
    .description('run a sidecar: who its workload calls, and who calls it, is governed by the mesh')
    .requiredOption('--identity <identity>', 'who the workload is: NAMESPACE/SERVICE-ACCOUNT', parseIdentity)
    .option('--name <name>', 'name of this sidecar among others of its identity (default: where it is called)', parseProxyName)
    .option('--inbound <listen=application>', 'an endpoint of the workload, and where its application listens', collectInbound)
    .option('--outbound <listen=service>', 'where the application calls a Service', collectOutbound)
    .option(
      '--capture <address>',
      'an address of this host at which the workload is called: `weir intercept` redirects here (may be repeated)',
      collectAddress,
    )
    .option('--http-proxy <address>', 'where the application finds an HTTP proxy for all Services', parsePlace);
  addSidecarOptions(command, terminal)
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      const startedMs = performance.now();
      using signals = new SignalWatch(terminal);
      const { identity, name, inbound = [], outbound = [], capture, httpProxy: proxy } = flags;
      const options = await sidecarOptions(flags, { identity, name, inbound, outbound, capture, proxy }, terminal);
      const running = await startUnlessAsked(options, signals.asked);
      if (running === undefined) endUnserved(terminal);
      terminal.err.write(renderSidecar(running, { ...options, durationMs: performance.now() - startedMs }, terminal.err.paint));
      process.on(ENDS_SOON, () => void running.announceEnd());
      await signals.asked;
      await running.stop({ delayMs: flags.drainDelay, deadlineMs: flags.drainDeadline });
      terminal.err.write(`${terminal.err.paint.dim('stopped')}\n`);
    });
}
