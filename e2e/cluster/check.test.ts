// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bringControlPlaneBack, takeControlPlaneAway } from './stage/control-plane.ts';
import { edgeGateway } from './stage/edge-documents.ts';
import { INJECTED } from './stage/mesh-documents.ts';
import { isRolledOut } from './stage/rollout.ts';
import { kubectl, weir } from './stage/run-program.ts';
import { openNamespace, removeNamespaces } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

interface Report {
  readonly isHealthy: boolean;
  readonly checks: readonly { readonly check: string; readonly state: string; readonly message: string }[];
}

const NAME = 'e2e-check';
const WITHOUT_BUNDLE = JSON.stringify([{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]);

let namespace: TestNamespace;

beforeAll(async () => {
  // What is about to end there would be told of.
  await removeNamespaces();
  await ensureWeir();
  namespace = await openNamespace(NAME, INJECTED);
  await namespace.apply(...echoBackend('echo', { serviceAccount: 'echo' }), edgeGateway());
  await namespace.hasCondition('gateway/edge', 'Programmed');
  await isRolledOut('echo', NAME);
});

afterAll(async () => {
  await bringControlPlaneBack();
  await namespace[Symbol.asyncDispose]();
});

it('weir check --cluster finds nothing wrong with a release that works, and has looked at all of it', async () => {
  const { code, report } = await check();
  expect(complaintsOf(report)).toEqual([]);
  expect([code, report.isHealthy]).toEqual([0, true]);
  const messages = report.checks.map(({ message }) => message);
  expect(messages).toContain(`a new pod in ${NAME} gets its sidecar`);
  expect(messages).toContainEqual(expect.stringMatching(/^its API answers; [1-9]\d* proxies are connected$/));
  expect(messages).toContain('1 pods have sidecars');
});

it('it says what is wrong without a control plane, and without the authority of its webhook, until both are back', async () => {
  await takeControlPlaneAway();
  expect(complaintsOf((await check()).report)).toEqual(
    expect.arrayContaining([
      'error control-plane: the control plane has no pods',
      expect.stringContaining(`error injection: a pod in ${NAME} cannot be made: `),
    ]),
  );
  await kubectl(['patch', 'mutatingwebhookconfiguration/weir-injection', '--type', 'json', '--patch', WITHOUT_BUNDLE]);
  const { code, report } = await check();
  expect(complaintsOf(report)).toContain(
    'error injection-webhook: mutatingwebhookconfigurations/weir-injection has no caBundle, so that API servers do not believe it',
  );
  expect([code, report.isHealthy]).toEqual([1, false]);

  await bringControlPlaneBack();
  let last: readonly string[] = [];
  const isWell = async (): Promise<boolean> => (last = complaintsOf((await check()).report)).length === 0;
  await waitFor(isWell, { what: () => `nothing to be wrong; the last: ${last.join('\n')}`, timeoutMs: 40_000 });
});

async function check(): Promise<{ readonly code: number | null; readonly report: Report }> {
  const { code, stdout, stderr } = await weir(['check', '--cluster', '--output', 'json']);
  if (stdout === '') throw new Error(`weir check ended with ${code ?? 'a signal'}: ${stderr}`);
  return { code, report: JSON.parse(stdout) as Report };
}

/** But for one about API servers that somebody built without a version, as this is about Weir. */
function complaintsOf({ checks }: Report): readonly string[] {
  const found = checks.filter(({ state }) => state !== 'ok').map(one => `${one.state} ${one.check}: ${one.message}`);
  return found.filter(text => !text.startsWith('warning api-server: the API server does not say'));
}
