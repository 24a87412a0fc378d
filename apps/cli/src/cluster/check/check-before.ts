// SPDX-License-Identifier: Apache-2.0
import { WATCHED_RESOURCES } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { INJECTED, labelledNamespaces } from '../labelled-namespaces.ts';
import { error, listed, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

type Reads = Pick<ClusterReads, 'mayI' | 'read'>;

/** Containers that begin before the others and go on are there by default from 1.29 on. */
const OLDEST_MINOR = 29;
const GATEWAY_API =
  'kubectl apply --server-side -f https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.3/experimental-install.yaml';
const OWN_KINDS = 'kubectl apply --server-side -f charts/weir/crds';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CONTROLLER = 'weir.dev/gateway-controller';

const VERSION = z.object({ gitVersion: z.string().default('') });
const METADATA = z.object({
  metadata: z.object({
    name: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
const CLASS = z.object({ spec: z.object({ controllerName: z.string().default('') }) });

/** What has to be so in a cluster before Weir is installed, and stays so. Rejects where the cluster cannot be asked. */
export async function checkBefore(cluster: Reads): Promise<readonly Finding[]> {
  return [
    await checkVersion(cluster),
    ...(await checkGatewayApi(cluster)),
    await checkClass(cluster),
    ...(await checkPodSecurity(cluster)),
  ];
}

async function checkVersion(cluster: Reads): Promise<Finding> {
  const { gitVersion } = VERSION.parse((await cluster.read('/version')) ?? {});
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  if (major === '' || major === '0') {
    const hint = `see that it is Kubernetes 1.${OLDEST_MINOR} or newer`;
    return warning('api-server', { message: `the API server does not say which Kubernetes it is: ${gitVersion}`, hint });
  }
  if (Number(major) === 1 && Number(minor) < OLDEST_MINOR) {
    const hint = `Weir needs 1.${OLDEST_MINOR} or newer: sidecars are init containers that go on running`;
    return error('api-server', { message: `the cluster is Kubernetes ${gitVersion}`, hint });
  }
  return ok('api-server', `the cluster is Kubernetes ${gitVersion}`);
}

/** Whether there are Weir's own kinds: an upgrade leaves them as they are, and may need one more. */
export async function checkOwnKinds(cluster: Pick<Reads, 'read'>): Promise<Finding> {
  const found = await definitionsOf(cluster, group => group === 'weir.dev');
  const missing = found.flatMap(([name, definition]) => (definition === undefined ? [name] : []));
  if (missing.length === 0) return ok('kinds', 'the cluster has all kinds of Weir');
  return warning('kinds', { message: `the cluster does not know ${listed(missing)}: nobody can write them`, hint: OWN_KINDS });
}

function definitionsOf(
  cluster: Pick<Reads, 'read'>,
  isMeant: (group: string) => boolean,
): Promise<readonly (readonly [name: string, definition: unknown])[]> {
  const names = WATCHED_RESOURCES.filter(({ group }) => isMeant(group)).map(({ plural, group }) => `${plural}.${group}`);
  return Promise.all(names.map(async name => [name, await cluster.read(`${DEFINITIONS}/${name}`)] as const));
}

async function checkGatewayApi(cluster: Reads): Promise<readonly Finding[]> {
  const found = await definitionsOf(cluster, group => group.startsWith('gateway.networking.'));
  const missing = found.flatMap(([name, definition]) => (definition === undefined ? [name] : []));
  const gateways = METADATA.safeParse(found.find(([name]) => name === 'gateways.gateway.networking.k8s.io')?.[1]);
  if (!gateways.success) return [error('gateway-api', { message: 'the Gateway API is not installed', hint: GATEWAY_API })];
  const { annotations } = gateways.data.metadata;
  const version = annotations['gateway.networking.k8s.io/bundle-version'] ?? 'of a version that it does not say';
  const channel = annotations['gateway.networking.k8s.io/channel'] ?? 'unknown';
  const message = `the Gateway API is ${version}, channel ${channel}`;
  if (missing.length === 0) return [ok('gateway-api', message)];
  const hint = `they cannot be written, and are not served; the channel experimental has all of them: ${GATEWAY_API}`;
  return [warning('gateway-api', { message: `${message}, without ${listed(missing)}`, hint })];
}

async function checkClass(cluster: Reads): Promise<Finding> {
  const found = CLASS.safeParse(await cluster.read('/apis/gateway.networking.k8s.io/v1/gatewayclasses/weir'));
  if (!found.success) return ok('gateway-class', 'the GatewayClass weir is nobody’s yet');
  const { controllerName } = found.data.spec;
  if (controllerName === CONTROLLER) return ok('gateway-class', 'the GatewayClass weir is Weir’s');
  const hint = 'rename that class, or install with gatewayClass.create=false and one of another name';
  return error('gateway-class', { message: `the GatewayClass weir is of ${controllerName}`, hint });
}

/** Levels of Pod Security admission that forbid NET_ADMIN, which the container that redirects connections needs. */
async function checkPodSecurity(cluster: Reads): Promise<readonly Finding[]> {
  const items = await labelledNamespaces(cluster);
  const strict = items.filter(({ labels }) =>
    ['baseline', 'restricted'].includes(labels['pod-security.kubernetes.io/enforce'] ?? ''),
  );
  if (items.length === 0) return [ok('pod-security', `no namespace is labelled ${INJECTED}`)];
  if (strict.length === 0) {
    return [ok('pod-security', `${items.length} namespaces with sidecars let them redirect connections`)];
  }
  const names = listed(strict.map(({ name }) => name));
  return [
    error('pod-security', {
      message: `namespaces with sidecars forbid what those need (NET_ADMIN): ${names}`,
      hint: 'kubectl label --overwrite namespace NAME pod-security.kubernetes.io/enforce=privileged',
    }),
  ];
}

/** What `helm install` makes. */
const NEEDED: readonly (readonly [group: string, resource: string, isNamespaced: boolean])[] = [
  ['', 'namespaces', false],
  ['apiextensions.k8s.io', 'customresourcedefinitions', false],
  ['rbac.authorization.k8s.io', 'clusterroles', false],
  ['rbac.authorization.k8s.io', 'clusterrolebindings', false],
  ['admissionregistration.k8s.io', 'mutatingwebhookconfigurations', false],
  ['admissionregistration.k8s.io', 'validatingwebhookconfigurations', false],
  ['gateway.networking.k8s.io', 'gatewayclasses', false],
  ['apps', 'deployments', true],
  ['', 'services', true],
  ['', 'serviceaccounts', true],
  ['', 'secrets', true],
  ['rbac.authorization.k8s.io', 'rolebindings', true],
];

/** Whether who asks may install. */
export async function checkInstallRights(cluster: Reads, namespace: string): Promise<Finding> {
  const answers = await Promise.all(
    NEEDED.map(async ([group, resource, isNamespaced]) => {
      const isAllowed = await cluster.mayI({ verb: 'create', group, resource, ...(isNamespaced ? { namespace } : {}) });
      return isAllowed ? [] : [resource];
    }),
  );
  const missing = answers.flat();
  if (missing.length === 0) return ok('install-rights', 'you may install Weir');
  const hint = 'have somebody install it who is an administrator of the cluster';
  return error('install-rights', { message: `you may not create ${listed(missing)}`, hint });
}
