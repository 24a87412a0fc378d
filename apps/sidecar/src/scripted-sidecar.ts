// SPDX-License-Identifier: Apache-2.0
// `node scripted-sidecar.ts FILE`: a sidecar to which everything on this host is redirected, with a configuration from a file in
// place of a control plane. For tests; its access log is its standard output.
import { readFile } from 'node:fs/promises';
import type { HeldIdentity } from '@weir/member';
import type { Resource, Workload } from '@weir/policy/snapshot';
import { defaultSettings, loadOriginalDestination, loadSocketCalls } from '@weir/proxy';
import { InlineWorker } from '@weir/proxy/inline';
import { capturedPorts } from './captured-ports.ts';
import { Sidecar } from './sidecar.ts';

interface Script {
  readonly identity: string;
  readonly addresses: readonly string[];
  readonly credentials: HeldIdentity;
  readonly resources: readonly Resource[];
  /** Who is at addresses that no Service has. */
  readonly workloads: Readonly<Record<string, Workload | 'outside'>>;
}

const [, , file = ''] = process.argv;
const script = JSON.parse(await readFile(file, 'utf8')) as Script;
const { identity, addresses, workloads } = script;
const readDestination = await loadOriginalDestination();
const sidecar = new Sidecar(
  {
    ...{ identity, inbound: [], outbound: [], proxy: undefined, settings: defaultSettings },
    captured: capturedPorts(addresses),
    accessLog: { format: 'json', hasColour: false, descriptor: 1 },
    calls: await loadSocketCalls(),
    owner: { pid: process.pid, directory: file, startedAt: new Date().toISOString() },
    onNote: text => process.stderr.write(`${text}\n`),
  },
  init =>
    new InlineWorker(init, {
      readDestination,
      needService: () => undefined,
      needAddress: address => {
        const known = workloads[address];
        return known === undefined ? Promise.reject(new Error('nobody knows')) : Promise.resolve(known);
      },
    }),
);
await sidecar.start();
await sidecar.identify(script.credentials);
const rejections = await sidecar.apply({ upserts: script.resources, removes: [] });
if (rejections.length > 0) throw new Error(JSON.stringify(rejections));
await sidecar.open();
process.stderr.write('ready\n');
