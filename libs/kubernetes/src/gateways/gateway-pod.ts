// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import { GATEWAY_OPERATOR_PORT } from '@weir/policy/snapshot';
import { INJECT_LABEL } from '../injection/sidecar-place.ts';
import { PLACE_FIELDS } from './place-fields.ts';
import { labelsOf, selectorOf } from './gateway-labels.ts';
import type { GatewayPlan, GatewaySettings, PlannedPort } from './gateway-plan.ts';

/** The user of the image. */
const USER = 65_532;
/** As `weir gateway` has them unless told otherwise. */
const DRAIN_DELAY_MS = 5000;
const DRAIN_DEADLINE_MS = 30_000;
/** What ending takes besides draining, before kubelet kills. */
const GRACE_MS = 5000;
/** How long a token is good; kubelet renews it after four fifths of that. */
const TOKEN_SECONDS = 3600;

const RESOURCES = { requests: { cpu: '100m', memory: '160Mi' }, limits: { memory: '512Mi' } };

const TOKEN_FOLDER = '/var/run/secrets/weir';
const ROOTS_FOLDER = '/var/run/weir/roots';
const STATE_FOLDER = '/var/lib/weir';
const SECRETS_FOLDER = '/run/weir';

/** Where the roots are that a proxy trusts; the control plane keeps it in each namespace that needs it. */
export const ROOTS_CONFIG_MAP = 'weir-roots';

/** Template of the pods that serve a Gateway: under Pod Security level `restricted`, with nothing that they do not need. */
export function gatewayPod(plan: GatewayPlan, settings: GatewaySettings): object {
  return {
    metadata: {
      labels: labelsOf(plan),
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': String(GATEWAY_OPERATOR_PORT),
        'prometheus.io/path': '/metrics',
        ...plan.annotations,
        // It is a proxy itself: in a namespace with sidecars the webhook would refuse it, as both have the same ports.
        [INJECT_LABEL.name]: 'false',
      },
    },
    spec: {
      serviceAccountName: plan.objectName,
      // A proxy proves itself by a token of another audience, and asks no API server.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: Math.ceil((drainDelayMs(plan) + drainDeadlineMs(plan) + GRACE_MS) / 1000),
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [LINUX] } } },
      securityContext: podSecurity(),
      topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(topologyKey => ({
        ...{ topologyKey, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
        labelSelector: { matchLabels: selectorOf(plan) },
      })),
      containers: [gatewayContainer(plan, settings)],
      volumes: volumes(),
    },
  };
}

/**
 * Not every cluster keeps what says nothing off its nodes with Windows. Not by `nodeSelector`, which is one thing to the API server: what somebody
 * else has written there would go.
 */
const LINUX = { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] };

function podSecurity(): object {
  return {
    ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
    seccompProfile: { type: 'RuntimeDefault' },
    // Listeners have the ports that they say, also 80 and 443.
    sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
  };
}

function gatewayContainer(plan: GatewayPlan, settings: GatewaySettings): object {
  const { image = settings.image, imagePullPolicy, resources = RESOURCES } = plan.parameters;
  return {
    name: 'gateway',
    image,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    args: argumentsOf(plan, settings),
    env: [
      ...Object.entries({ WEIR_POD: 'metadata.name', ...PLACE_FIELDS }).map(([variable, fieldPath]) => ({
        name: variable,
        valueFrom: { fieldRef: { fieldPath } },
      })),
      // For the socket of operators: nothing else can be written.
      { name: 'XDG_RUNTIME_DIR', value: SECRETS_FOLDER },
    ],
    ports: [...plan.ports.map(containerPort), { name: 'operator', containerPort: GATEWAY_OPERATOR_PORT, protocol: 'TCP' }],
    resources,
    // It may wait for the control plane at its first start; later it has what it kept.
    startupProbe: probe('/livez', { periodSeconds: 1, failureThreshold: 60 }),
    livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 3 }),
    readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 2 }),
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'token', mountPath: TOKEN_FOLDER, readOnly: true },
      { name: 'roots', mountPath: ROOTS_FOLDER, readOnly: true },
      { name: 'state', mountPath: STATE_FOLDER },
      { name: 'secrets', mountPath: SECRETS_FOLDER },
    ],
  };
}

function argumentsOf(plan: GatewayPlan, settings: GatewaySettings): readonly string[] {
  const { namespace, name, objectName, parameters } = plan;
  const { otlpEndpoint, traceRatio, accessLog = 'json', trustedHops, workers } = parameters;
  return [
    'gateway',
    `--control-plane=${settings.controlPlane}`,
    `--trust-domain=${settings.trustDomain}`,
    `--gateway=${namespace}/${name}`,
    `--identity=${namespace}/${objectName}`,
    '--name=$(WEIR_POD)',
    `--service-account-token=${TOKEN_FOLDER}/token`,
    `--roots=${ROOTS_FOLDER}/roots.pem`,
    // Folders of kubelet's are of mode 0777; those of keys are made within.
    `--state=${STATE_FOLDER}/state`,
    `--secrets=${SECRETS_FOLDER}/secrets`,
    `--metrics-address=*:${GATEWAY_OPERATOR_PORT}`,
    `--access-log=${accessLog}`,
    `--drain-delay=${formatDuration(drainDelayMs(plan))}`,
    `--drain-deadline=${formatDuration(drainDeadlineMs(plan))}`,
    ...(otlpEndpoint === undefined ? [] : [`--otlp-endpoint=${otlpEndpoint}`]),
    // Without a collector it would be refused: nobody would get what it asks for.
    ...(otlpEndpoint === undefined || traceRatio === undefined ? [] : [`--trace-ratio=${traceRatio}`]),
    ...(trustedHops === undefined ? [] : [`--trusted-hops=${trustedHops}`]),
    ...(workers === undefined ? [] : [`--workers=${workers}`]),
  ];
}

function drainDelayMs({ parameters }: GatewayPlan): number {
  return parameters.drainDelayMs ?? DRAIN_DELAY_MS;
}

function drainDeadlineMs({ parameters }: GatewayPlan): number {
  return parameters.drainDeadlineMs ?? DRAIN_DEADLINE_MS;
}

function containerPort({ port, protocol }: PlannedPort): object {
  return { name: portName({ port, protocol }), containerPort: port, protocol };
}

/** The same in a Service; a name has at most 15 characters. */
export function portName({ port, protocol }: PlannedPort): string {
  return `${protocol.toLowerCase()}-${port}`;
}

function probe(path: string, timing: { readonly periodSeconds: number; readonly failureThreshold: number }): object {
  return { httpGet: { path, port: GATEWAY_OPERATOR_PORT }, timeoutSeconds: 2, ...timing };
}

function volumes(): readonly object[] {
  const serviceAccountToken = { audience: 'weir', expirationSeconds: TOKEN_SECONDS, path: 'token' };
  return [
    { name: 'token', projected: { sources: [{ serviceAccountToken }] } },
    { name: 'roots', configMap: { name: ROOTS_CONFIG_MAP } },
    { name: 'state', emptyDir: {} },
    // Keys of listeners stay off the disk.
    { name: 'secrets', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  ];
}
