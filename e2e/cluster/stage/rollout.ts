// SPDX-License-Identifier: Apache-2.0
import { kubectl } from './run-program.ts';

const TIMEOUT = '--timeout=90s';

/** `kubectl rollout restart`; waits until it is done. */
export async function restart(deployment: string, namespace: string): Promise<void> {
  await kubectl(['rollout', 'restart', `deployment/${deployment}`, '--namespace', namespace]);
  await isRolledOut(deployment, namespace);
}

/** Waits until the pods of a Deployment are the wanted ones, and until the last one of before is gone, too. */
export async function isRolledOut(deployment: string, namespace: string): Promise<void> {
  const place = ['--namespace', namespace];
  await kubectl(['rollout', 'status', `deployment/${deployment}`, TIMEOUT, ...place]).catch(async (cause: unknown) => {
    const state = await kubectl(['describe', 'pods', ...place]).catch(String);
    throw new Error(`deployment ${deployment} is not rolled out\n${state}`, { cause });
  });
  const ending = 'jsonpath={.items[?(@.metadata.deletionTimestamp)].metadata.name}';
  const names = (await kubectl(['get', 'pods', '--output', ending, ...place])).split(' ').filter(Boolean);
  if (names.length > 0) await kubectl(['wait', '--for=delete', TIMEOUT, ...place, ...names.map(name => `pod/${name}`)]);
}
