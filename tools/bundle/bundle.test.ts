// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  answering,
  Child,
  createTempDirectory,
  echo,
  findFreePorts,
  request,
  startUpstream,
  waitFor,
  writeDocument,
  type TestDocument,
} from '@weir/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let program: string;

// Away from the checkout, whose node_modules would hide what the bundle lacks.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-bundle-'));
  const build = new Child([process.execPath, join(ROOT, 'tools/bundle/main.ts')]);
  expect(await build.exited, build.output).toEqual({ code: 0, signal: null });
  cpSync(join(ROOT, 'dist/weir'), folder, { recursive: true });
  program = join(folder, 'weir.js');
});
afterAll(() => rmSync(folder, { recursive: true }));

it('the bundle says what it can do', async () => {
  const help = new Child([process.execPath, program, '--help']);
  expect(await help.exited).toEqual({ code: 0, signal: null });
  expect(help.stdout).toContain('up');
});

it('the bundle lists the packages that are in it', () => {
  const { components } = JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8')) as {
    readonly components: readonly { readonly name: string }[];
  };
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['commander', 'yaml', 'koffi']));
  expect(names).not.toContain('vitest');
});

it('the bundle leaves an image within 90 MB over that of Node, with 10 for nftables', () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(80_000_000);
});

it('the bundle routes a request through a worker thread, and ends when it is asked to', async () => {
  await using upstream = await startUpstream(answering(echo('backend')));
  await using directory = await createTempDirectory();
  const [port, metricsPort] = (await findFreePorts(2)) as [number, number];
  for (const document of gatewayDocuments(port, upstream.port)) await writeDocument(directory, document);
  await using weir = new Child([
    process.execPath,
    program,
    'up',
    directory.path,
    '--metrics-address',
    `127.0.0.1:${metricsPort}`,
  ]);
  const isReady = async (): Promise<boolean> => (await request({ port: metricsPort }, '/readyz')).status === 200;
  await waitFor(async () => !weir.isRunning || isReady(), { what: () => `the bundle to be ready\n${weir.output}` });
  expect((await request({ port }, '/through')).status, weir.output).toBe(200);
  expect(await weir.stop()).toEqual({ code: 0, signal: null });
});

function gatewayDocuments(port: number, backendPort: number): readonly TestDocument[] {
  const gateway = 'gateway.networking.k8s.io/v1';
  const metadata = { name: 'backend', labels: { 'kubernetes.io/service-name': 'backend' } };
  const listeners = [{ name: 'http', port, protocol: 'HTTP' }];
  const rules = [{ backendRefs: [{ name: 'backend', port: 80 }] }];
  const ports = [{ name: 'http', port: backendPort }];
  return [
    { apiVersion: gateway, kind: 'Gateway', metadata: { name: 'edge' }, spec: { gatewayClassName: 'weir', listeners } },
    { apiVersion: gateway, kind: 'HTTPRoute', metadata: { name: 'all' }, spec: { parentRefs: [{ name: 'edge' }], rules } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80, targetPort: backendPort }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ];
}
