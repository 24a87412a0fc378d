// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { HOLD_CONFIGURATION, SIDECAR } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { INJECTED, labelledNamespaces } from '../labelled-namespaces.ts';
import { checkHolding } from './check-holding.ts';
import { error, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';
import { tryPod } from './try-pod.ts';

type Reads = Pick<ClusterReads, 'read' | 'send'>;

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const CONFIGURATION = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string().default('') }) })).default([]),
});
const POD = z.object({ spec: z.object({ initContainers: z.array(z.object({ name: z.string() })).default([]) }) });

const MUTATING = `${REGISTRATION}/mutatingwebhookconfigurations`;

/** Whether API servers believe the webhooks, and get an answer. */
export async function checkWebhooks(cluster: Reads): Promise<readonly Finding[]> {
  const injection = await checkConfiguration(cluster, 'mutatingwebhookconfigurations/weir-injection');
  const validation = await checkConfiguration(cluster, 'validatingwebhookconfigurations/weir-validation');
  const rollouts = await checkConfiguration(cluster, `mutatingwebhookconfigurations/${HOLD_CONFIGURATION}`);
  return [
    ...[injection, validation, rollouts],
    ...(injection.state === 'ok' ? [await tryInjection(cluster)] : []),
    ...(rollouts.state === 'ok' ? await checkHolding(cluster, await cluster.read(`${MUTATING}/${HOLD_CONFIGURATION}`)) : []),
  ];
}

async function checkConfiguration(cluster: Reads, name: string): Promise<Finding> {
  const found = await cluster.read(`${REGISTRATION}/${name}`);
  const check = `${name.slice(name.indexOf('/weir-') + '/weir-'.length)}-webhook`;
  if (found === undefined) {
    return warning(check, { message: `there is no ${name}`, hint: 'where that is not meant: helm upgrade with it enabled' });
  }
  const { webhooks } = CONFIGURATION.parse(found);
  if (webhooks.every(({ clientConfig }) => clientConfig.caBundle !== '')) return ok(check, `${name} is known to API servers`);
  const hint = 'the control plane fills it in as it starts, and who leads within 5 s: see that one leads, and its log';
  return error(check, { message: `${name} has no caBundle, so that API servers do not believe it`, hint });
}

async function tryInjection(cluster: Reads): Promise<Finding> {
  const namespace = (await labelledNamespaces(cluster))[0]?.name;
  if (namespace === undefined) return ok('injection', `no namespace is labelled ${INJECTED}, so nothing was tried`);
  try {
    const made = POD.parse(await tryPod(cluster, namespace));
    if (made.spec.initContainers.some(({ name }) => name === SIDECAR.name)) {
      return ok('injection', `a new pod in ${namespace} gets its sidecar`);
    }
    const hint = 'the webhook is not asked: see its namespaceSelector and the labels of the namespace';
    return error('injection', { message: `a new pod in ${namespace} gets no sidecar`, hint });
  } catch (reason) {
    const words = reasonWords(reason);
    const hint =
      'no pod is made there meanwhile; see that Service weir-webhook has endpoints and that the API server reaches them';
    return error('injection', { message: `a pod in ${namespace} cannot be made: ${words}`, hint });
  }
}
