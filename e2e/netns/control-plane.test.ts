// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, chmod, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNetwork, waitFor, whyNoNetwork } from '@weir/testing';
import type { Host } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;
const WEIR = [process.execPath, join(import.meta.dirname, '../../apps/cli/src/main.ts')] as const;
const SIDECAR_USER = 15_177;
/** In the hosts' own network, so that they have a way to it. */
const API_ADDRESS = '198.51.100.200';

const APPLICATION = `import { createServer } from 'node:http';
createServer((request, response) => response.end('api here')).listen(8080, '0.0.0.0');`;

function serviceOf(name: string, clusterIP: string, address: string): readonly unknown[] {
  const metadata = { name, namespace: 'shop' };
  const ports = [{ name: 'http', port: 80, appProtocol: 'http' }];
  const labels = { 'kubernetes.io/service-name': name };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP, ports } },
    {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { ...metadata, labels, annotations: { 'weir.dev/identity': `shop/${name}` } },
      ports: [{ name: 'http', port: 8080 }],
      endpoints: [{ addresses: [address] }],
    },
  ];
}

function meshOf(range: string): readonly unknown[] {
  const parametersRef = { group: '', kind: 'ConfigMap', name: 'mesh', namespace: 'shop' };
  return [
    {
      ...{ apiVersion: 'gateway.networking.x-k8s.io/v1alpha1', kind: 'XMesh', metadata: { name: 'mesh' } },
      spec: { controllerName: 'weir.dev/mesh-controller', parametersRef },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mesh', namespace: 'shop' }, data: { ranges: range } },
    {
      ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata: { name: 'strict', namespace: 'shop' } },
      spec: { targetRefs: [{ group: '', kind: 'Namespace', name: 'shop' }], mutualTls: { mode: 'Strict' } },
    },
  ];
}

describe.skipIf(reason !== undefined)(`sidecars of a control plane, on hosts of their own${note}`, () => {
  const running = new AsyncDisposableStack();
  let directory: string;
  let hosts: Readonly<Record<'api' | 'plane' | 'web', Host>>;

  async function bringUp(name: 'api' | 'web'): Promise<void> {
    const { plane, [name]: host } = hosts;
    const state = join(directory, 'state');
    const asked = [...WEIR, 'token', '--identity', `shop/${name}`, '--address', host.address, '--state', state] as const;
    const { stdout } = await waitFor(
      async () => {
        const answer = await plane.exec(asked);
        return answer.code === 0 && answer;
      },
      { what: 'a join token', timeoutMs: 30_000 },
    );
    const file = join(directory, `${name}.join`);
    await writeFile(file, stdout, { mode: 0o644 });
    expect((await host.exec([...WEIR, 'intercept'])).code).toBe(0);
    const runtime = join(directory, name);
    await mkdir(runtime, { mode: 0o777 });
    await chmod(runtime, 0o777);
    const flags = ['--identity', `shop/${name}`, '--join-file', file, '--control-plane', `${plane.address}:15010`];
    const own = ['--capture', host.address, '--metrics-address', '127.0.0.1:15090'];
    host.run([...WEIR, 'sidecar', ...flags, ...own], { userId: SIDECAR_USER, env: { XDG_RUNTIME_DIR: runtime } });
    await waitFor(async () => (await host.exec(['curl', '-sf', '-m', '2', 'http://127.0.0.1:15090/readyz'])).code === 0, {
      what: `the sidecar of ${name}`,
      timeoutMs: 30_000,
    });
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weir-netns-'));
    running.defer(() => rm(directory, { recursive: true, force: true }));
    await chmod(directory, 0o755);
    const network = running.use(await openNetwork({ hosts: ['plane', 'web', 'api'] }));
    hosts = network.hosts;
    const { api, plane, web } = hosts;
    const config = join(directory, 'config');
    await mkdir(config);
    const documents = [
      ...serviceOf('api', API_ADDRESS, api.address),
      ...serviceOf('web', '198.51.100.201', web.address),
      ...meshOf(`${api.address}/32`),
    ];
    await Promise.all(documents.map((one, index) => writeFile(join(config, `${index}.json`), JSON.stringify(one))));
    await writeFile(join(directory, 'api.mjs'), APPLICATION);
    const places = ['--listen', `${plane.address}:15010`, '--api', '127.0.0.1:15011'];
    plane.run([...WEIR, 'control-plane', '--config', config, '--state', join(directory, 'state'), ...places]);
    api.run([process.execPath, join(directory, 'api.mjs')]);
    await bringUp('api');
    await bringUp('web');
  }, 120_000);

  afterAll(() => running.disposeAsync());

  function curl(from: 'plane' | 'web', url: string): Promise<{ readonly code: number | null; readonly stdout: string }> {
    return hosts[from].exec(['curl', '-s', '-m', '10', url]);
  }

  it('carry what an application calls by the address of a Service', async () => {
    expect(await curl('web', `http://${API_ADDRESS}/`)).toMatchObject({ code: 0, stdout: 'api here' });
  });

  it('ask who is at an address that no Service has, and call it by mutual TLS', async () => {
    expect(await curl('web', `http://${hosts.api.address}:8080/`)).toMatchObject({ code: 0, stdout: 'api here' });
  });

  it('let nobody in who is not of the mesh', async () => {
    expect((await curl('plane', `http://${hosts.api.address}:8080/`)).code).not.toBe(0);
  });
});
