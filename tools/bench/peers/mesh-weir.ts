// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, LOAD_CORE, PROXY_CORE, startChild } from '../processes/child.ts';
import { findFreePort } from '../processes/free-port.ts';
import { waitUntilServing } from '../processes/wait-until-serving.ts';
import { pairCommand } from './mesh-pair.ts';
import type { Peer, PeerSetup } from './peer.ts';
import { findWeirEntry } from './weir.ts';

const run = promisify(execFile);

/** Two sidecars, one of the caller and one of the server, with a control plane that is not measured. */
export const weirMesh: Peer = {
  name: 'weir',
  findMissing: () => (findWeirEntry() === undefined ? 'neither dist/weir/weir.js nor apps/cli/src/main.ts is there' : undefined),
  start: setup => startWeirMesh(setup, 1),
};

/** Two sidecars as one process. */
export interface WeirMesh extends Child {
  /** Starts one more sidecar, of the caller, whose /readyz is at a port of loopback. */
  startAnother(metricsPort: number): Promise<Child>;
}

/** Starts the mesh, with so many Services in it; the two sidecars use one. */
export async function startWeirMesh(setup: PeerSetup, serviceCount: number): Promise<WeirMesh> {
  const entry = findWeirEntry() ?? '';
  const inboundPort = await findFreePort();
  const controlPlane = await startControlPlane(entry, setup, meshDocuments(inboundPort, serviceCount));
  const { directory, listenPort, backendPort } = setup;
  const common = ['--control-plane', `127.0.0.1:${controlPlane.port}`, '--drain-delay', '0s', '--trust-domain', 'weir.local'];
  const sidecar = (more: readonly string[]): readonly string[] => [entry, 'sidecar', ...common, '--access-log', 'json', ...more];
  const joined = async (identity: string, file = identity): Promise<readonly string[]> => [
    ...['--identity', `bench/${identity}`, '--join-file'],
    await controlPlane.joinFile(`bench/${identity}`, join(directory, `${file}.join`)),
  ];
  const inbound = ['--inbound', `127.0.0.1:${inboundPort}=127.0.0.1:${backendPort}`];
  const server = sidecar([...(await joined('server')), ...inbound]);
  const caller = sidecar([...(await joined('caller')), '--outbound', `127.0.0.1:${listenPort}=server`]);
  const textOf = (args: readonly string[]): string => [process.execPath, ...args].join(' ');
  const pair = await startChild({
    command: 'sh',
    args: ['-c', pairCommand(textOf(server), textOf(caller))],
    core: PROXY_CORE,
    logFile: join(directory, 'sidecars.log'),
  });
  await waitUntilServing(pair, inboundPort);
  return {
    ...pair,
    startAnother: async metricsPort => {
      const own = ['--outbound', `127.0.0.1:${await findFreePort()}=server`, '--metrics-address', `127.0.0.1:${metricsPort}`];
      const args = sidecar([...(await joined('caller', `caller-${metricsPort}`)), ...own]);
      return startChild({ command: process.execPath, args, core: PROXY_CORE, logFile: join(directory, 'another.log') });
    },
    [Symbol.asyncDispose]: async () => {
      await pair[Symbol.asyncDispose]();
      await controlPlane.child[Symbol.asyncDispose]();
    },
  };
}

interface ControlPlane {
  readonly child: Child;
  readonly port: number;
  /** Writes what a workload joins with; returns the file's name. */
  joinFile(identity: string, file: string): Promise<string>;
}

async function startControlPlane(entry: string, { directory }: PeerSetup, objects: readonly unknown[]): Promise<ControlPlane> {
  const documents = join(directory, 'documents');
  const state = join(directory, 'state');
  mkdirSync(documents);
  for (const [index, document] of objects.entries()) {
    writeFileSync(join(documents, `${index}.json`), JSON.stringify(document));
  }
  const port = await findFreePort();
  const apiPort = await findFreePort();
  const places = ['--listen', `127.0.0.1:${port}`, '--api', `127.0.0.1:${apiPort}`];
  const child = await startChild({
    command: process.execPath,
    args: [entry, 'control-plane', '--config', documents, '--state', state, ...places],
    core: LOAD_CORE,
    logFile: join(directory, 'control-plane.log'),
  });
  await waitUntilServing(child, port);
  await waitUntilServing(child, apiPort);
  return {
    child,
    port,
    joinFile: async (identity, file) => {
      const asked = [entry, 'token', '--identity', identity, '--address', '127.0.0.1', '--state', state];
      const { stdout } = await run(process.execPath, asked);
      writeFileSync(file, stdout, { mode: 0o600 });
      return file;
    },
  };
}

function meshDocuments(inboundPort: number, serviceCount: number): readonly unknown[] {
  const others = Array.from({ length: serviceCount - 1 }, (_, index) => serviceObjects(`other-${index}`, inboundPort));
  return [
    ...serviceObjects('server', inboundPort),
    ...others.flat(),
    {
      apiVersion: 'weir.dev/v1alpha1',
      kind: 'AccessPolicy',
      metadata: { name: 'strict', namespace: 'bench' },
      spec: { targetRefs: [{ group: '', kind: 'Namespace', name: 'bench' }], mutualTls: { mode: 'Strict' } },
    },
  ];
}

function serviceObjects(name: string, port: number): readonly unknown[] {
  const metadata = { name, namespace: 'bench' };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80, appProtocol: 'http' }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...metadata,
        labels: { 'kubernetes.io/service-name': name },
        annotations: { 'weir.dev/identity': `bench/${name}` },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ];
}
