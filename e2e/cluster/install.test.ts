// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from 'vitest';
import { kubectl } from './stage/run-program.ts';
import { installWeir, removeWeir, SYSTEM_NAMESPACE, testWeir, weirIsReady } from './stage/weir-release.ts';

describe('helm install', () => {
  beforeAll(async () => {
    await removeWeir();
    const startedMs = performance.now();
    await installWeir('--set', 'controlPlane.replicas=2');
    await weirIsReady();
    const tookMs = performance.now() - startedMs;
    console.log(`helm install to two control planes that are ready: ${(tookMs / 1000).toFixed(1)} s`);
  });

  it('gives them rights enough: nothing that they do is refused', async () => {
    const logs = await kubectl([
      ...['logs', 'deployment/weir-control-plane', '--namespace', SYSTEM_NAMESPACE],
      ...['--all-pods', '--tail', '-1'],
    ]);
    expect(logs.match(/"event":"started"/g)).toHaveLength(2);
    expect(logs.split('\n').filter(line => /cannot|forbidden/i.test(line))).toEqual([]);
  });

  it('makes one of them lead, which accepts the class', async () => {
    await kubectl(['wait', 'gatewayclass/weir', '--for=condition=Accepted', '--timeout=10s']);
    const holder = ['get', 'lease', 'weir-control-plane', '--output', 'jsonpath={.spec.holderIdentity}'];
    expect(await kubectl([...holder, '--namespace', SYSTEM_NAMESPACE])).toMatch(/^weir-control-plane-/);
  });

  it('is followed by a helm test that finds it ready', async () => {
    expect(await testWeir()).toContain('Phase:          Succeeded');
  });

  it('keeps one key for all replicas, which only the control plane may read of those in its namespace', async () => {
    const secret = await kubectl([
      'get',
      'secret',
      'weir-state',
      '--namespace',
      SYSTEM_NAMESPACE,
      '--output',
      'jsonpath={.type}',
    ]);
    expect(secret).toBe('Opaque');
    const who = ['--as', `system:serviceaccount:${SYSTEM_NAMESPACE}:default`, '--namespace', SYSTEM_NAMESPACE];
    await expect(kubectl(['get', 'secret', 'weir-state', ...who])).rejects.toThrow('cannot get resource "secrets"');
  });
});
