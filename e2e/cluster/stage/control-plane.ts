// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { kubectl } from './run-program.ts';
import { SYSTEM_NAMESPACE, weirIsReady } from './weir-release.ts';

const PLACE = ['--namespace', SYSTEM_NAMESPACE];
const DEPLOYMENT = 'deployment/weir-control-plane';
const PODS = ['pods', '--selector', 'app.kubernetes.io/component=control-plane'];

/** The replica that leads; '' = none does. */
export function findLeader(): Promise<string> {
  return kubectl(['get', 'lease', 'weir-control-plane', '--output', 'jsonpath={.spec.holderIdentity}', ...PLACE]);
}

/** Waits until another replica leads than that one, and says which. */
export async function otherLeaderThan(before: string): Promise<string> {
  const find = async (): Promise<string> => {
    const now = await findLeader();
    return now === before ? '' : now;
  };
  return waitFor(find, { what: `another one than ${before} to lead`, timeoutMs: 60_000 });
}

/** Nobody answers any more, neither proxies nor API servers. */
export async function takeControlPlaneAway(): Promise<void> {
  await kubectl(['scale', DEPLOYMENT, '--replicas=0', ...PLACE]);
  await kubectl(['wait', ...PODS, '--for=delete', '--timeout=60s', ...PLACE]);
}

/** Resolves when it is ready. */
export async function bringControlPlaneBack(replicas = 1): Promise<void> {
  await kubectl(['scale', DEPLOYMENT, `--replicas=${replicas}`, ...PLACE]);
  await weirIsReady();
}
