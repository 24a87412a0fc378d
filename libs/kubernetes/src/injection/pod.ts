// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';

/** What injection reads of a Pod (core/v1). Everything else is kept as it is. */

const handlers = {
  exec: z.unknown().optional(),
  httpGet: z
    .looseObject({
      port: z.union([z.number(), z.string()]),
      path: z.string().optional(),
      host: z.string().optional(),
      httpHeaders: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
    })
    .optional(),
  tcpSocket: z.looseObject({ port: z.union([z.number(), z.string()]) }).optional(),
  grpc: z.looseObject({ port: z.number(), service: z.string().nullish() }).optional(),
};

const probe = z.looseObject({ ...handlers, timeoutSeconds: z.number().optional() });

const hook = z.looseObject({ httpGet: handlers.httpGet, tcpSocket: handlers.tcpSocket }).optional();

const container = z.looseObject({
  name: z.string(),
  ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
  lifecycle: z.looseObject({ postStart: hook, preStop: hook }).optional(),
  securityContext: z.looseObject({ runAsUser: z.number().optional() }).optional(),
});

const volume = z.looseObject({ name: z.string() });

const texts = z.record(z.string(), z.string());

const podSchema = z.looseObject({
  metadata: z
    .looseObject({ name: z.string().optional(), labels: texts.optional(), annotations: texts.optional() })
    .default(() => ({})),
  spec: z.looseObject({
    containers: z.array(container),
    initContainers: z.array(container).optional(),
    volumes: z.array(volume).optional(),
    hostNetwork: z.boolean().optional(),
    os: z.looseObject({ name: z.string() }).optional(),
    nodeSelector: texts.optional(),
    securityContext: z.looseObject({ runAsUser: z.number().optional() }).optional(),
  }),
});

export type Pod = z.output<typeof podSchema>;
export type Container = z.output<typeof container>;
export type Probe = z.output<typeof probe>;
export type Hook = NonNullable<z.output<typeof hook>>;

/** Undefined members are as good as absent ones, and null is how some clients say so. */
export type ParsedPod = { readonly isValid: true; readonly pod: Pod } | { readonly isValid: false; readonly reason: string };

export function parsePod(value: unknown): ParsedPod {
  const result = podSchema.safeParse(value);
  if (result.success) return { isValid: true, pod: result.data };
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { isValid: false, reason: `the Pod cannot be read: ${faults.join('; ')}` };
}

/** Every container that Kubernetes may probe: of init containers, those that go on running. */
export function allContainers({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
