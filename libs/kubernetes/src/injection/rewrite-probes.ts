// SPDX-License-Identifier: Apache-2.0
import { allContainers } from './pod.ts';
import type { Container, Pod, Probe } from './pod.ts';
import { probeLimitProblems } from './probe-limits.ts';
import { SIDECAR } from './sidecar-place.ts';

/** By the name that the sidecar has for it. */
const PROBES = { livez: 'livenessProbe', readyz: 'readinessProbe', startupz: 'startupProbe' } as const;
type ProbeName = keyof typeof PROBES;
const NAMES: readonly ProbeName[] = ['livez', 'readyz', 'startupz'];

const MAX_CONTAINERS = 64;
const MAX_TEXT = 65_536;

/** What the sidecar asks in Kubernetes' place, by container; the text of it is WEIR_PROBES. */
export type AskedProbes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the sidecar is to ask for Kubernetes; `problems`: what nobody could ask, with what to write. */
export function askedProbes(pod: Pod): { readonly asked: AskedProbes; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const asked: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const container of allContainers(pod)) {
    const probes = askedOf(container, problems);
    if (Object.keys(probes).length > 0) asked[container.name] = probes;
  }
  return { asked, problems: [...problems, ...sizeProblems(asked)] };
}

/** As `weir sidecar` takes them: more than that, and it would not start. */
function sizeProblems(asked: AskedProbes): readonly string[] {
  const count = Object.keys(asked).length;
  const { length } = JSON.stringify(asked);
  return [
    ...(count > MAX_CONTAINERS ? [`${count} containers have probes over the network: write at most ${MAX_CONTAINERS}`] : []),
    ...(length > MAX_TEXT ? [`its probes have ${length} characters: write at most ${MAX_TEXT}`] : []),
  ];
}

function askedOf(container: Container, problems: string[]): Readonly<Record<string, unknown>> {
  const asked: Record<string, unknown> = {};
  for (const name of NAMES) {
    const probe = container[PROBES[name]];
    if (probe === undefined || !isNetworkProbe(probe)) continue;
    const handler = numbered(probe, container);
    problems.push(...probeLimitProblems(probe).map(what => `container ${container.name}: its ${PROBES[name]} has ${what}`));
    if (handler === undefined) problems.push(unknownPort(container, name));
    else asked[name] = { ...handler, ...(probe.timeoutSeconds === undefined ? {} : { timeoutSeconds: probe.timeoutSeconds }) };
  }
  return asked;
}

/** Whether the kubelet would need a certificate for it. What asks the sidecar has been rewritten already, or is the sidecar's own. */
function isNetworkProbe({ httpGet, tcpSocket, grpc }: Probe): boolean {
  if (httpGet?.port === SIDECAR.probePort) return false;
  return httpGet !== undefined || tcpSocket !== undefined || grpc !== undefined;
}

/** What is asked, at a number; undefined where the container has no port of that name. */
function numbered({ httpGet, tcpSocket, grpc }: Probe, container: Container): Readonly<Record<string, unknown>> | undefined {
  if (grpc !== undefined) return { grpc };
  const port = portNumber(httpGet?.port ?? tcpSocket?.port, container);
  if (port === undefined) return undefined;
  return httpGet === undefined ? { tcpSocket: { ...tcpSocket, port } } : { httpGet: { ...httpGet, port } };
}

/** As the kubelet finds it: a port's name, and failing that a number written as a text. */
function portNumber(port: number | string | undefined, { ports = [] }: Container): number | undefined {
  if (typeof port === 'number') return port;
  const named = ports.find(({ name }) => name === port)?.containerPort;
  if (named !== undefined) return named;
  return port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined;
}

function unknownPort(container: Container, name: ProbeName): string {
  const probe = container[PROBES[name]];
  const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? '';
  const known = (container.ports ?? []).flatMap(({ name: own }) => own ?? []);
  const advice = known.length === 0 ? 'write the number of the port' : `write one of ${known.join(', ')}, or a number`;
  return `container ${container.name}: the port ${JSON.stringify(port)} of its ${PROBES[name]} is none of its ports: ${advice}`;
}

/**
 * The container, asking the sidecar: Kubernetes has no certificate of the mesh, and the sidecar answers probes at a port that is not
 * redirected. When to ask, and what failures come to, stays as it was; commands (exec) are not touched.
 */
export function withRewrittenProbes(container: Container): Container {
  const rewritten = { ...container };
  for (const name of NAMES) {
    const probe = container[PROBES[name]];
    if (probe !== undefined && isNetworkProbe(probe)) rewritten[PROBES[name]] = asksSidecar(probe, `${container.name}/${name}`);
  }
  return rewritten;
}

function asksSidecar({ httpGet: _httpGet, tcpSocket: _tcpSocket, grpc: _grpc, ...schedule }: Probe, place: string): Probe {
  return { httpGet: { path: `/app-health/${place}`, port: SIDECAR.probePort, scheme: 'HTTP' }, ...schedule };
}
