// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { UninstallPlan } from '../cluster/uninstall/uninstall-plan.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { openApi } from '../control-plane/control-plane-api.ts';
import type { ControlPlaneApi } from '../control-plane/control-plane-api.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parseWait } from '../flags/parse-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Flags {
  readonly namespace: string;
  readonly release: string;
  readonly timeout: number;
  readonly yes: boolean;
  readonly force: boolean;
  readonly guard: boolean;
}

const DEFAULT_TIMEOUT_MS = 600_000;
const LOOK_MS = 1_000;

const HELP = `
Without --yes it says what would stop, and changes nothing. With it: Rollouts of Deployments are deleted, so that no pod is held back; AccessPolicies that ask for mutual TLS become Permissive, and all proxies
acknowledge that; new pods get no sidecars any more; workloads with sidecars are restarted, and waited for; the control plane stops; what it made for
Gateways is removed; and where helm is on PATH, the release. Gateways, routes and policies stay, as do the definitions of their kinds.

While Rollouts are under way it does nothing, unless --force is given: pods of new revisions then become ready, and Deployments finish with them.

What is interrupted can be begun again.

Exit codes: 0 done, or said, 1 it could not be done, 2 the command line is wrong, 69 the cluster or the control plane is not reached.

Examples:
  weir uninstall
  weir uninstall --yes`;

/** `weir uninstall`. */
export function addUninstallCommand(program: Command, terminal: Terminal): void {
  program
    .command('uninstall')
    .description('take Weir out of the Kubernetes cluster that KUBECONFIG or ~/.kube/config leads to')
    .option('--namespace <name>', 'of the control plane', 'weir-system')
    .option('--release <name>', 'of helm', 'weir')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for each step')
        .argParser(parseWait)
        .default(DEFAULT_TIMEOUT_MS, '10m'),
    )
    .option('--yes', 'do it', false)
    .option('--force', 'also while Rollouts are under way', false)
    .option(
      '--guard',
      'only fail where pods still have sidecars or Rollouts are under way: what the chart asks before it is removed',
      false,
    )
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => uninstall(flags, terminal));
}

async function uninstall(flags: Flags, terminal: Terminal): Promise<void> {
  using cluster = await openCluster();
  const { told } = await import('../cluster/open-cluster-api.ts');
  const { planUninstall, renderPlan } = await import('../cluster/uninstall/uninstall-plan.ts');
  const { findInjectedPods } = await import('../cluster/uninstall/injected-workloads.ts');
  const { findRollouts, refuseUnderWay } = await import('../cluster/uninstall/found-rollouts.ts');
  if (flags.guard) {
    refuseInjected((await told(findInjectedPods(cluster))).podCount);
    refuseUnderWay(await told(findRollouts(cluster)), 'helm uninstall --no-hooks');
    return;
  }
  const plan = await told(planUninstall(cluster));
  terminal.out.write(renderPlan(plan));
  if (!flags.yes) {
    terminal.err.write('nothing was changed: weir uninstall --yes does it\n');
    return;
  }
  if (!flags.force) refuseUnderWay(plan.rollouts, 'weir uninstall --yes --force');
  const { takeOut } = await import('../cluster/uninstall/uninstall.ts');
  using api = await apiFor(plan, flags, terminal);
  const tell = (text: string): void => terminal.err.write(`${text}\n`);
  const surroundings = { now: () => new Date().toISOString(), waitFor: waitWithin(flags.timeout), tell };
  const how = { namespace: flags.namespace, startFollowing: () => followedSince(api) };
  await told(takeOut({ cluster, plan, ...how, ...surroundings }));
  await removeRelease(flags, tell);
}

function refuseInjected(podCount: number): void {
  if (podCount === 0) return;
  throw new CommandFailure(
    EXIT.refused,
    `${podCount} pods have sidecars, which would stop working: weir uninstall takes them out first; helm uninstall --no-hooks goes on all the same`,
  );
}

/** Only proxies that have to learn something are asked about. */
async function apiFor(
  { strict, rollouts }: UninstallPlan,
  { namespace }: Flags,
  terminal: Terminal,
): Promise<ControlPlaneApi | undefined> {
  const isNeeded = strict.length > 0 || rollouts.some(({ deployment }) => deployment !== undefined);
  return isNeeded ? openApi({ state: '', cluster: true, namespace }, terminal) : undefined;
}

function followedSince(api: ControlPlaneApi | undefined): () => Promise<boolean> {
  let before: readonly number[] | undefined;
  return async () => {
    if (api === undefined) return true;
    const versions = await api.versions();
    before ??= versions;
    const hasRead = versions.every((version, i) => version !== before?.[i]);
    return hasRead && (await api.objects()).every(({ proxies }) => proxies.having >= proxies.needing);
  };
}

function waitWithin(timeoutMs: number): (what: string, holds: () => Promise<boolean>) => Promise<void> {
  return async (what, holds) => {
    const deadlineMs = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() >= deadlineMs) {
        throw new CommandFailure(
          EXIT.refused,
          `waited ${timeoutMs / 1000} s in vain for ${what}: see what keeps them, and begin again`,
        );
      }
      await sleep(LOOK_MS);
    }
  };
}

async function removeRelease({ release, namespace }: Flags, tell: (text: string) => void): Promise<void> {
  const words = ['uninstall', release, '--namespace', namespace, '--wait'];
  const child = spawn('helm', words, { stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new CommandFailure(EXIT.refused, `helm ${words.join(' ')} ended with ${code ?? 'a signal'}`);
  } catch (reason) {
    if (!(reason instanceof Error && 'code' in reason && reason.code === 'ENOENT')) throw reason;
    tell(`all that is left is the release: helm ${words.join(' ')}`);
  }
}
