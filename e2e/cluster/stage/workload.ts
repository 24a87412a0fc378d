// SPDX-License-Identifier: Apache-2.0
import type { LoadPlan } from './cluster-load.ts';
import type { Manifest } from './manifest.ts';
import { PROGRAMS } from './test-namespace.ts';
import type { Trial } from './trial.ts';
import { imageName } from './weir-image.ts';

const MOUNT = '/programs';
const APPLICATION_USER = 1000;

interface WorkloadOptions {
  readonly replicas?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Made with it; that of the namespace unless said. */
  readonly serviceAccount?: string;
  /** More ports of its Service. */
  readonly ports?: readonly object[];
  /** More containers of its pods. */
  readonly beside?: readonly object[];
  /** What it runs of `programs`; `echo.mjs` unless said. */
  readonly program?: string;
  /** How long it goes on as before once it is to end, while others take notice; not at all unless said. */
  readonly lingerSeconds?: number;
}

/** A Deployment of `echo.mjs`, which says of each request what came, and from which pod; and its Service at port 80. */
export function echoBackend(name: string, options: WorkloadOptions = {}): readonly Manifest[] {
  const { replicas = 1, env = {}, serviceAccount, ports = [], beside = [], program = 'echo.mjs', lingerSeconds } = options;
  const labels = { app: name };
  const container = {
    ...programContainer(program, env),
    ...(lingerSeconds === undefined ? {} : { lifecycle: { preStop: { sleep: { seconds: lingerSeconds } } } }),
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
  };
  const identity = serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount };
  const template = { metadata: { labels }, spec: { ...podSpec(container, ...beside), ...identity } };
  return [
    ...(serviceAccount === undefined ? [] : [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount } }]),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas, selector: { matchLabels: labels }, template },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }, ...ports] },
    },
  ];
}

/** A pod that waits for `client.mjs` to be run in it. */
export function clientPod(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpec(programContainer('client.mjs', {})) };
}

/** A container beside that of `echoBackend`, with a program that the namespace was given. */
export function besideContainer(name: string, file: string, ...words: readonly string[]): object {
  return { ...programContainer(file, {}, ...words), name };
}

function podSpec(...containers: readonly object[]): object {
  return {
    containers,
    terminationGracePeriodSeconds: 10,
    securityContext: { runAsNonRoot: true, runAsUser: APPLICATION_USER, seccompProfile: { type: 'RuntimeDefault' } },
    volumes: [{ name: 'programs', configMap: { name: PROGRAMS } }],
  };
}

/** The image of Weir has Node, and is where the pod will be: no other image is needed. */
function programContainer(file: string, env: Readonly<Record<string, string>>, ...words: readonly string[]): object {
  return {
    name: 'app',
    image: imageName,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', `${MOUNT}/${file}`, ...words],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'programs', mountPath: MOUNT }],
  };
}

/** A pod with a load that needs nobody to be connected to it: it goes on until it is told to end. */
export function loadPod(name: string, plan: LoadPlan): Manifest {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...podSpec(loadContainer(plan)), restartPolicy: 'Never' } };
}

/** A load as a Deployment, of which a new pod takes the place of an old one; see `followLoad`. */
export function loadDeployment(name: string, plan: LoadPlan): Manifest {
  const template = { metadata: { labels: { app: name } }, spec: podSpec(loadContainer(plan)) };
  const spec = { selector: { matchLabels: { app: name } }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

function loadContainer(plan: LoadPlan): object {
  // An input that stays open, though nobody writes to it.
  return { ...programContainer('load.mjs', {}, JSON.stringify(plan)), stdin: true };
}

/** A pod that sees the processes of a node, and may kill them, by `kill.mjs`. */
export function killerPod(name: string, nodeName: string): Manifest {
  const container = { ...programContainer('client.mjs', {}), securityContext: { privileged: true, runAsUser: 0 } };
  const volumes = [{ name: 'programs', configMap: { name: PROGRAMS } }];
  const spec = { nodeName, hostPID: true, terminationGracePeriodSeconds: 0, containers: [container], volumes };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

/** One of each kind that makes pods, labelled `app: late-KIND`; its name is the same. */
export function workloadsOfAllKinds(): readonly Manifest[] {
  const labelled = (kind: string, restartPolicy = 'Always'): object => ({
    metadata: { labels: { app: `late-${kind}` } },
    spec: { ...podSpec(programContainer('client.mjs', {})), restartPolicy },
  });
  const apps = (kind: string, more: object): Manifest => {
    const name = `late-${kind.toLowerCase()}`;
    const spec = { ...more, selector: { matchLabels: { app: name } }, template: labelled(kind.toLowerCase()) };
    return { apiVersion: 'apps/v1', kind, metadata: { name }, spec };
  };
  return [
    apps('ReplicaSet', {}),
    apps('StatefulSet', { serviceName: 'late' }),
    apps('DaemonSet', {}),
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'late-job' }, spec: { template: labelled('job', 'Never') } },
  ];
}

/** A Job that runs `client.mjs` once, and has failed where it is not answered as wanted. */
export function clientJob(name: string, trial: Trial): Manifest {
  const container = programContainer('client.mjs', {}, JSON.stringify(trial));
  const template = { spec: { ...podSpec(container), restartPolicy: 'Never' } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { backoffLimit: 0, template } };
}
