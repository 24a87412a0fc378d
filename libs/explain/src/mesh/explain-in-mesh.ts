// SPDX-License-Identifier: Apache-2.0
import type { Backend, Listener, ResourceName, Snapshot, WorkloadIdentity } from '@weir/policy/snapshot';
import { unreachable } from '../explained-parts.ts';
import type { ExplainedReceiver, Findings } from '../explanation.ts';
import type { ReadRequest } from '../request/read-request.ts';
import { findCalledService } from './called-service.ts';
import type { CalledService } from './called-service.ts';

/** Who calls in the mesh, and who is called. */
export interface MeshSide {
  readonly peerIdentity: WorkloadIdentity | undefined;
  /** Of the Service that is called; undefined = at the receiver. */
  readonly servicePort: number | undefined;
}

/** What becomes of a request at a listener. */
export type ExplainAtListener = (snapshot: Snapshot, read: ReadRequest & MeshSide, listener: Listener) => Findings;

/** Follows a request of a workload: at its own sidecar, and then at those that may receive it. */
export function explainInMesh(
  snapshot: Snapshot,
  { read, caller }: { readonly read: ReadRequest; readonly caller: WorkloadIdentity },
  explainAtListener: ExplainAtListener,
): Findings {
  const called = findCalledService(snapshot, { host: read.urlHost, port: read.port, caller });
  if (typeof called === 'string') return { answer: unreachable(called) };
  const { protocol } = called.port;
  if (protocol === 'tcp' || protocol === 'tls') {
    return { answer: unreachable(`port ${called.port.port} of ${called.service.name} speaks ${protocol}, not HTTP`) };
  }
  const side = { peerIdentity: undefined, servicePort: called.port.port };
  const atCaller = explainAtListener(snapshot, { ...read, ...side }, listenerOf(called.listener));
  const receivers =
    atCaller.answer.kind === 'forwarded' ? receiversOf(snapshot, { atCaller, read, caller }, explainAtListener) : [];
  const [first] = receivers;
  // The caller's own part is good: what the receiver says is the answer.
  const answer = first?.findings === undefined ? atCaller.answer : first.findings.answer;
  return {
    ...atCaller,
    answer,
    mesh: { caller, service: labelOf(called), mode: called.service.mode, routes: routesOf(called), receivers },
  };
}

interface Sent {
  readonly atCaller: Findings;
  readonly read: ReadRequest;
  readonly caller: WorkloadIdentity;
}

function receiversOf(
  snapshot: Snapshot,
  { atCaller, read, caller }: Sent,
  explainAtListener: ExplainAtListener,
): ExplainedReceiver[] {
  return (atCaller.shares ?? []).flatMap(({ label, weight, answer }): ExplainedReceiver[] => {
    if (weight === 0 || answer.kind !== 'forwarded') return [];
    const backend = backendOf(snapshot, label);
    if (backend === undefined) return [];
    const bareCount = backend.endpoints.filter(({ identity }) => identity === undefined).length;
    if (bareCount === backend.endpoints.length) return [{ label, bareCount, findings: undefined }];
    const { path, query, host } = answer;
    const head = { ...read.head, method: answer.method, path, query, host };
    const received = { ...read, head, peerIdentity: caller, servicePort: undefined };
    const name = backend.name.replace(/^backend\//, 'inbound/');
    const findings = explainAtListener(withApplication(snapshot, backend), received, listenerOf(name));
    return [{ label, bareCount, findings }];
  });
}

function backendOf({ resources }: Snapshot, label: string): Backend | undefined {
  for (const resource of resources.values()) {
    if (resource.kind === 'backend' && resource.label === label && resource.name.startsWith('backend/')) return resource;
  }
  return undefined;
}

/** Each sidecar knows by itself where its application is: that stands here for it. */
function withApplication({ version, resources }: Snapshot, backend: Backend): Snapshot {
  const name: ResourceName = backend.name.replace(/^backend\//, 'local/');
  return { version, resources: new Map([...resources, [name, { ...backend, name }]]) };
}

function listenerOf(name: string): Listener {
  return { name, hostname: '*', protocol: 'HTTP', tls: undefined, backendCertificate: undefined };
}

function labelOf({ service, port }: CalledService): string {
  return `${service.namespace}/${service.service}:${port.port}`;
}

function routesOf({ consumer, service }: CalledService): string {
  return consumer === undefined || consumer === service.namespace
    ? `of ${service.namespace}, for every caller`
    : `of ${consumer}, for callers of that namespace alone`;
}
