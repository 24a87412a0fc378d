// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startClient } from '../stage/cluster-client.ts';
import { startClusterLoad, tellReport } from '../stage/cluster-load.ts';
import type { ClusterLoad } from '../stage/cluster-load.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from '../stage/edge-documents.ts';
import { INJECTED, strictNamespace } from '../stage/mesh-documents.ts';
import { isRolledOut, restart } from '../stage/rollout.ts';
import { runProgram, weir } from '../stage/run-program.ts';
import { openNamespace } from '../stage/test-namespace.ts';
import type { TestNamespace } from '../stage/test-namespace.ts';
import { imageName, imageValues } from '../stage/weir-image.ts';
import { installChart, removeWeir, SYSTEM_NAMESPACE, upgradeWeir, weirIsReady } from '../stage/weir-release.ts';
import { echoBackend } from '../stage/workload.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** An older version: a directory with its chart, and its image, which nodes can get. */
const CHART = process.env['WEIR_E2E_FORMER_CHART'];
const IMAGE = process.env['WEIR_E2E_FORMER_IMAGE'];

const NAME = 'e2e-former';
const WORKLOADS = ['caller', 'callee'];

describe.skipIf(CHART === undefined || IMAGE === undefined)(
  'helm upgrade from an older version (skipped without WEIR_E2E_FORMER_CHART and WEIR_E2E_FORMER_IMAGE)',
  () => {
    let mesh: TestNamespace;
    let outside: TestNamespace;
    const loads = new Map<string, ClusterLoad>();

    beforeAll(async () => {
      await removeWeir();
      // Kinds as they were then: a release leaves them where they are.
      await runProgram(['sh', '-c', 'kubectl delete --ignore-not-found --filename charts/weir/crds']);
      await installChart({ chart: CHART ?? '', values: imageValues(IMAGE) });
      await weirIsReady();
      [mesh, outside] = await Promise.all([openNamespace(NAME, INJECTED), openNamespace(`${NAME}-outside`)]);
      const workloads = WORKLOADS.flatMap(name => echoBackend(name, { replicas: 2, lingerSeconds: 5 }));
      await mesh.apply(...workloads, edgeGateway(), echoRoute('callee'), strictNamespace(NAME));
      for (const name of WORKLOADS) await isRolledOut(name, NAME);
      const client = await startClient(outside);
      await startClient(mesh);
      const url = `http://${await mesh.waitForField('gateway/edge', '{.status.addresses[0].value}')}/`;
      await client.ask({ url, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
      const pace = { concurrency: 2, pauseMs: 5 };
      loads.set('at the edge', await startClusterLoad(outside, { ...pace, url, host: ECHO_HOST }));
      loads.set('in the mesh', await startClusterLoad(mesh, { ...pace, url: 'http://callee/' }));
    });

    afterAll(async () => {
      await Promise.all([...loads.values()].map(load => load[Symbol.asyncDispose]()));
      await Promise.all([mesh, outside].map(namespace => namespace[Symbol.asyncDispose]()));
      await removeWeir();
    });

    it('and then of the workloads fails no request', async () => {
      await runProgram(['kubectl', 'apply', '--server-side', '--force-conflicts', '--filename', 'charts/weir/crds']);
      await upgradeWeir();
      await isRolledOut('weir-control-plane', SYSTEM_NAMESPACE);
      await edgeRuns(imageName);
      await expectNoneFailed('after helm upgrade');
      await Promise.all(WORKLOADS.map(name => restart(name, NAME)));
      await expectNoneFailed('after the workloads, too');
      expect(await sidecars()).toEqual(new Set([imageName]));
      const { stdout } = await weir(['check', '--cluster']);
      console.info(stdout);
    });

    it('and back again fails none either', async () => {
      await runProgram(['helm', 'rollback', 'weir', '--namespace', SYSTEM_NAMESPACE]);
      await isRolledOut('weir-control-plane', SYSTEM_NAMESPACE);
      await edgeRuns(IMAGE ?? '');
      await expectNoneFailed('after helm rollback');
      await Promise.all(WORKLOADS.map(name => restart(name, NAME)));
      await expectNoneFailed('after the workloads, too');
      expect(await sidecars()).toEqual(new Set([IMAGE]));
    });

    /** Images of those of the workloads. */
    async function sidecars(): Promise<ReadonlySet<string>> {
      const path = 'jsonpath={.items[*].spec.initContainers[?(@.name=="weir-sidecar")].image}';
      const selector = ['--selector', `app in (${WORKLOADS.join(', ')})`];
      return new Set((await mesh.kubectl(['get', 'pods', ...selector, '--output', path])).split(' '));
    }

    async function edgeRuns(image: string): Promise<void> {
      const path = `jsonpath={.spec.template.spec.containers[0].image}=${image}`;
      await mesh.kubectl(['wait', 'deployment/edge-weir', `--for=${path}`, '--timeout=60s']);
      await isRolledOut('edge-weir', NAME);
    }

    async function expectNoneFailed(when: string): Promise<void> {
      for (const [where, load] of loads) {
        await load.goesOnFor(200);
        tellReport(`${when}, ${where}`, load.report);
        expect(load.report.examples).toEqual([]);
      }
    }
  },
);
