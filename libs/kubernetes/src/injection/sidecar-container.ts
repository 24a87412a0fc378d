// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { InjectionSettings, Quantities } from './injection-settings.ts';
import { flagsFrom } from './pod-annotations.ts';
import { probesVariable } from './probes-variable.ts';
import type { AskedProbes } from './rewrite-probes.ts';
import { ROOTS, STATE, TOKEN } from './sidecar-volumes.ts';
import { SIDECAR } from './sidecar-place.ts';
import { PLACE_FIELDS } from '../gateways/place-fields.ts';

/** What a sidecar and its interception are made from. */
export interface InjectionPlan {
  readonly settings: InjectionSettings;
  readonly annotations: Readonly<Record<string, string>>;
  readonly probes: AskedProbes;
}

/** Its application has ended by then (native sidecars are told last), so that nothing is left to come in. */
const DRAIN_DEADLINE_MS = 10_000;
/** Until the first certificate is there nobody starts; while the control plane is away that takes as long as it is away. */
const STARTUP_FAILURES = 86_400;

/** Root of the pod's network alone, for as long as it takes to write the rules. */
export function interceptContainer({ settings, annotations }: InjectionPlan): Readonly<Record<string, unknown>> {
  return {
    name: SIDECAR.interceptName,
    ...imageOf(settings),
    args: ['intercept', ...flagsFrom(annotations, 'intercept')],
    resources: resourcesFrom(settings, annotations),
    securityContext: {
      ...{ runAsUser: 0, runAsGroup: 0, runAsNonRoot: false },
      ...hardened({ drop: ['ALL'], add: ['NET_ADMIN'] }),
    },
  };
}

/**
 * A native sidecar (KEP-753): it is up before the other init containers and before the application, ends after it, and does not keep a Job
 * from ending.
 */
export function sidecarContainer(plan: InjectionPlan): Readonly<Record<string, unknown>> {
  const { settings, annotations, probes } = plan;
  return {
    name: SIDECAR.name,
    ...imageOf(settings),
    restartPolicy: 'Always',
    // Run as the pod begins to end; the container itself is told to when those of the application have.
    lifecycle: { preStop: { exec: { command: ['sh', '-c', 'kill -USR2 1'] } } },
    args: sidecarArguments(plan),
    env: environment(probes),
    ports: [
      { name: 'weir-probes', containerPort: SIDECAR.probePort, protocol: 'TCP' },
      { name: 'weir-metrics', containerPort: SIDECAR.metricsPort, protocol: 'TCP' },
    ],
    resources: resourcesFrom(settings, annotations),
    securityContext: {
      ...{ runAsUser: SIDECAR.userId, runAsGroup: SIDECAR.userId, runAsNonRoot: true },
      ...hardened({ drop: ['ALL'] }),
    },
    startupProbe: { ...asked('/readyz'), periodSeconds: 1, failureThreshold: STARTUP_FAILURES },
    readinessProbe: { ...asked('/readyz'), periodSeconds: 5, failureThreshold: 3 },
    // Begun anew, it loses connections: only where it is beyond hope.
    livenessProbe: { ...asked('/livez'), periodSeconds: 10, failureThreshold: 6 },
    volumeMounts: [TOKEN, ROOTS, STATE].map(({ mount }) => mount),
  };
}

function sidecarArguments({ settings, annotations }: InjectionPlan): readonly string[] {
  const flags = flagsFrom(annotations, 'sidecar');
  const { otlpEndpoint, traceRatio, accessLog = 'json', drainDeadlineMs = DRAIN_DEADLINE_MS } = settings;
  const defaults = [
    ...(traceRatio === undefined ? [] : [`--trace-ratio=${traceRatio}`]),
    `--access-log=${accessLog}`,
    `--drain-deadline=${formatDuration(drainDeadlineMs)}`,
  ];
  const all = [...defaults.filter(flag => !flags.some(other => nameOf(other) === nameOf(flag))), ...flags];
  return [
    'sidecar',
    '--identity=$(WEIR_POD_NAMESPACE)/$(WEIR_SERVICE_ACCOUNT)',
    // Pods of one service account are proxies of one identity, and told apart by this alone.
    '--name=$(WEIR_POD_NAME)',
    '--capture=$(WEIR_POD_IPS)',
    `--control-plane=${settings.controlPlane}`,
    `--trust-domain=${settings.trustDomain}`,
    `--service-account-token=${TOKEN.file}`,
    `--roots=${ROOTS.file}`,
    `--state=${STATE.directory}`,
    `--probe-address=*:${SIDECAR.probePort}`,
    `--metrics-address=*:${SIDECAR.metricsPort}`,
    ...(otlpEndpoint === undefined ? [] : [`--otlp-endpoint=${otlpEndpoint}`]),
    '--drain-delay=0',
    // Without a collector it would be refused: nobody would get what it asks for.
    ...all.filter(flag => otlpEndpoint !== undefined || nameOf(flag) !== '--trace-ratio'),
  ];
}

/** `--flag` of `--flag=value`. */
function nameOf(flag: string): string {
  return flag.slice(0, flag.indexOf('='));
}

/** The downward API: what is known of the pod only once it has a place to run. */
function environment(probes: AskedProbes): readonly Readonly<Record<string, unknown>>[] {
  const fields = {
    WEIR_POD_NAME: 'metadata.name',
    WEIR_POD_NAMESPACE: 'metadata.namespace',
    WEIR_SERVICE_ACCOUNT: 'spec.serviceAccountName',
    WEIR_POD_IPS: 'status.podIPs',
    ...PLACE_FIELDS,
  };
  return [
    ...Object.entries(fields).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } })),
    { name: 'XDG_RUNTIME_DIR', value: STATE.mount.mountPath },
    ...(Object.keys(probes).length === 0 ? [] : [probesVariable(probes)]),
  ];
}

function asked(path: '/livez' | '/readyz'): Readonly<Record<string, unknown>> {
  return { httpGet: { path, port: SIDECAR.probePort, scheme: 'HTTP' }, timeoutSeconds: 2 };
}

function imageOf({ image, imagePullPolicy }: InjectionSettings): Readonly<Record<string, unknown>> {
  return { image, ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }) };
}

function hardened(capabilities: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, unknown>> {
  return {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Of settings, with what annotations say in their place. */
export function resourcesFrom(
  { resources }: Pick<InjectionSettings, 'resources'>,
  annotations: Readonly<Record<string, string>>,
): { readonly requests: Quantities; readonly limits: Quantities } {
  return {
    requests: {
      ...resources.requests,
      ...written('cpu', annotations['weir.dev/proxy-cpu']),
      ...written('memory', annotations['weir.dev/proxy-memory']),
    },
    limits: {
      ...resources.limits,
      ...written('cpu', annotations['weir.dev/proxy-cpu-limit']),
      ...written('memory', annotations['weir.dev/proxy-memory-limit']),
    },
  };
}

function written(name: string, amount: string | undefined): Quantities {
  return amount === undefined ? {} : { [name]: amount };
}
