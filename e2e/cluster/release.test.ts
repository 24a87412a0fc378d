// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from 'vitest';
import { kubectl, runProgram } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import { findReleases, installWeir, SYSTEM_NAMESPACE, uninstallWeir, upgradeWeir } from './stage/weir-release.ts';

/** The control plane, as an API server knows it. */
const CONTROL_PLANE = ['--as', `system:serviceaccount:${SYSTEM_NAMESPACE}:weir-control-plane`];

beforeAll(async () => {
  if ((await findReleases()).length === 0) await installWeir();
});

describe('an upgrade', () => {
  it("leaves alone what the control plane fills in: the authority of the webhooks' certificate", async () => {
    const configuration = 'mutatingwebhookconfiguration/weir-injection';
    const bundle = '{.webhooks[0].clientConfig.caBundle}';
    await kubectl(['wait', configuration, `--for=jsonpath=${bundle}`, '--timeout=60s']);
    const before = await kubectl(['get', configuration, '--output', `jsonpath=${bundle}`]);

    await upgradeWeir('--set', 'injection.timeoutSeconds=7');

    const path = `{.webhooks[0].timeoutSeconds} ${bundle}`;
    expect(await kubectl(['get', configuration, '--output', `jsonpath=${path}`])).toBe(`7 ${before}`);
    expect(Buffer.from(before, 'base64').toString()).toContain('BEGIN CERTIFICATE');
  });
});

describe('the rights of the control plane', () => {
  it.each([
    'patch gateways.gateway.networking.k8s.io --subresource=status',
    'patch trafficpolicies.weir.dev --subresource=status',
    'watch endpointslices.discovery.k8s.io',
    'create tokenreviews.authentication.k8s.io',
    'patch configmaps/weir-roots',
    'patch pods --subresource=status',
    'patch mutatingwebhookconfigurations.admissionregistration.k8s.io/weir-rollouts',
    `update secrets/weir-state --namespace=${SYSTEM_NAMESPACE}`,
  ])('allow it to %s', async question => {
    expect(await canControlPlane(question)).toBe('yes');
  });

  it.each([
    'create pods',
    'patch pods',
    'create pods --subresource=exec',
    'get pods --subresource=log',
    'create serviceaccounts --subresource=token',
    'patch configmaps/other',
    'update secrets/weir-state --namespace=default',
    `delete secrets/weir-state --namespace=${SYSTEM_NAMESPACE}`,
    'patch gateways.gateway.networking.k8s.io',
    'patch mutatingwebhookconfigurations.admissionregistration.k8s.io/other',
    'create clusterrolebindings.rbac.authorization.k8s.io',
  ])('do not allow it to %s', async question => {
    expect(await canControlPlane(question)).toBe('no');
  });

  it('let it make the roots of a namespace by server-side apply, and no other ConfigMap', async () => {
    await using namespace = await openNamespace('e2e-rights');
    const roots = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'weir-roots' }, data: { 'roots.pem': 'a' } };
    const apply = (object: object): Promise<string> =>
      namespace.kubectl(['apply', '--server-side', '--filename', '-', ...CONTROL_PLANE], JSON.stringify(object));
    await apply(roots);
    await apply({ ...roots, data: { 'roots.pem': 'b' } });
    expect(await namespace.kubectl(['get', 'configmap', 'weir-roots', '--output', 'jsonpath={.data}'])).toBe('{"roots.pem":"b"}');
    await expect(apply({ ...roots, metadata: { name: 'other' } })).rejects.toThrow('cannot patch resource "configmaps"');
  });
});

/** `kubectl auth can-i`, which ends with 1 where it says no. */
async function canControlPlane(question: string): Promise<string> {
  const answer = await runProgram(['sh', '-c', `kubectl auth can-i ${question} ${CONTROL_PLANE.join(' ')} || true`]);
  return answer.trim();
}

describe('helm uninstall', () => {
  it('leaves the definitions of kinds with what is written in them, the state, and nothing else', async () => {
    await uninstallWeir();
    const kinds = 'clusterroles,clusterrolebindings,gatewayclasses,mutatingwebhookconfigurations,validatingwebhookconfigurations';
    const ours = ['--selector', 'app.kubernetes.io/name=weir', '--output', 'name'];
    expect(await kubectl(['get', kinds, ...ours])).toBe('');
    expect(await kubectl(['get', 'all,configmaps,roles,rolebindings,serviceaccounts', '-n', SYSTEM_NAMESPACE, ...ours])).toBe('');
    // Whoever installs again goes on with the same mesh.
    expect(await kubectl(['get', 'secret', 'weir-state', '-n', SYSTEM_NAMESPACE, '--output', 'name'])).toBe(
      'secret/weir-state\n',
    );
    expect(await kubectl(['get', 'crd', 'trafficpolicies.weir.dev', '--output', 'name'])).toContain('trafficpolicies.weir.dev');
  });
});
