// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { listOf } from './manifest.ts';
import { endOfProgram, kubectl, runProgram } from './run-program.ts';
import { removeNamespaces } from './test-namespace.ts';
import { imageValues } from './weir-image.ts';

/** Namespace of the release. */
export const SYSTEM_NAMESPACE = 'weir-system';
const RELEASE = 'weir';
const PLACE = ['--namespace', SYSTEM_NAMESPACE];
/** How a Gateway's Service is reached; the client of the tests is within the cluster, so that ClusterIP does. */
const SERVICE_TYPE = process.env['WEIR_E2E_SERVICE_TYPE'] ?? 'ClusterIP';

/** Small, as a cluster of tests often is one machine. */
const VALUES = [
  '--set',
  `gateway.service.type=${SERVICE_TYPE}`,
  '--set',
  'gateway.replicas=1',
  '--set',
  'controlPlane.replicas=1',
];

interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly revision: string;
  readonly status: string;
}

/** Releases of the chart in the whole cluster, also those that were not finished. */
export async function findReleases(): Promise<readonly Release[]> {
  const releases = JSON.parse(await runProgram(['helm', 'list', '--all-namespaces', '--output', 'json'])) as readonly Release[];
  return releases.filter(({ chart }) => /^weir-\d/.test(chart));
}

/** `helm install`, which returns when the objects are made; `words` are more of its flags. */
export function installWeir(...words: readonly string[]): Promise<string> {
  return installChart({ chart: 'charts/weir', values: imageValues() }, ...words);
}

/** The same of another version. */
export function installChart(
  { chart, values }: { readonly chart: string; readonly values: readonly string[] },
  ...words: readonly string[]
): Promise<string> {
  return runProgram(['helm', 'install', RELEASE, chart, ...PLACE, '--create-namespace', ...values, ...VALUES, ...words]);
}

/** `helm upgrade` to these values besides those of the installation. */
export function upgradeWeir(...words: readonly string[]): Promise<string> {
  return runProgram(['helm', 'upgrade', RELEASE, 'charts/weir', ...PLACE, ...imageValues(), ...VALUES, ...words]);
}

/** `helm test`: throws where it does not succeed. */
export function testWeir(): Promise<string> {
  return runProgram(['helm', 'test', RELEASE, ...PLACE]);
}

/** Installs it where it is not there, and waits until it is ready, and API servers reach its webhooks. */
export async function ensureWeir(): Promise<void> {
  const isNew = (await findReleases()).length === 0;
  if (isNew) await installWeir();
  await weirIsReady();
  // Where a Service leads to is known to a node a moment after a pod is ready.
  if (isNew) await waitFor(isAsked, { what: 'the API server to reach the webhooks', timeoutMs: 30_000 });
}

/** Whether who writes a policy that cannot be is told so: without an answer of the webhook it would be taken. */
async function isAsked(): Promise<boolean> {
  const authorization = { rules: [{ name: 'unreadable', action: 'Allow', cel: '(' }] };
  const policy = {
    ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata: { name: 'unreadable', namespace: 'default' } },
    spec: { targetRefs: [{ group: '', kind: 'Service', name: 'none' }], authorization },
  };
  const creation = ['kubectl', 'create', '--dry-run=server', '--filename', '-'] as const;
  const { code, stderr } = await endOfProgram(creation, { input: listOf([policy]) });
  return code !== 0 && stderr.includes('spec.authorization.rules[0].cel');
}

/** Waits until all replicas of the control plane are ready; says why they are not where that takes too long. */
export async function weirIsReady(timeoutSeconds = 90): Promise<void> {
  const rollout = ['rollout', 'status', 'deployment/weir-control-plane', `--timeout=${timeoutSeconds}s`];
  try {
    await kubectl([...PLACE, ...rollout]);
  } catch (cause) {
    throw new Error(`the control plane did not become ready\n${await describeWeir()}`, { cause });
  }
}

/** `helm uninstall`, once all namespaces of tests are gone; waits until its pods are, too. */
export async function uninstallWeir(): Promise<void> {
  if ((await findReleases()).length === 0) return;
  // What a test before has left is on its way out: as long as there are pods with sidecars, or Rollouts under way, Helm is refused.
  await removeNamespaces();
  await runProgram(['helm', 'uninstall', RELEASE, ...PLACE, '--wait']);
  // Helm waits for the objects that it made, which pods are not.
  await kubectl([...PLACE, 'wait', 'pods', '--selector', 'app.kubernetes.io/name=weir', '--for=delete', '--timeout=60s']);
}

/** Removes it with its namespace, and with the keys of the mesh: as if it had never been there. */
export async function removeWeir(): Promise<void> {
  await uninstallWeir();
  await kubectl(['delete', 'namespace', SYSTEM_NAMESPACE, '--ignore-not-found']);
}

/** Its pods, and the end of what they said. */
async function describeWeir(): Promise<string> {
  const selector = ['--selector', 'app.kubernetes.io/component=control-plane'];
  const questions = [
    ['get', 'pods', '--output', 'wide'],
    ['logs', ...selector, '--tail', '30', '--prefix'],
    ['get', 'events', '--sort-by', '.lastTimestamp'],
  ];
  const answers = await Promise.allSettled(questions.map(words => kubectl([...PLACE, ...words])));
  return answers.map(answer => (answer.status === 'fulfilled' ? answer.value : String(answer.reason))).join('\n');
}
