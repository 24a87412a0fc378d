// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';

const count = z.number().default(0);
const metadata = z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) });
const none = (): Record<string, never> => ({});

const replicated = z
  .looseObject({
    metadata,
    spec: z.looseObject({ replicas: z.number().default(1) }),
    status: z.looseObject({ replicas: count }).prefault(none),
  })
  .transform(({ metadata: { annotations }, spec, status }) => ({ annotations, lacksPods: status.replicas < spec.replicas }));

const daemonSet = z
  .looseObject({
    metadata,
    status: z.looseObject({ currentNumberScheduled: count, desiredNumberScheduled: count }).prefault(none),
  })
  .transform(({ metadata: { annotations }, status }) => ({
    annotations,
    lacksPods: status.currentNumberScheduled < status.desiredNumberScheduled,
  }));

const job = z
  .looseObject({
    metadata,
    spec: z.looseObject({ parallelism: z.number().default(1), suspend: z.boolean().default(false) }),
    status: z
      .looseObject({ active: count, conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]) })
      .prefault(none),
  })
  .transform(({ metadata: { annotations }, spec, status: { active, conditions } }) => {
    const hasEnded = conditions.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
    return { annotations, lacksPods: !hasEnded && !spec.suspend && active < spec.parallelism };
  });

/** What is read of a workload. */
export interface Workload {
  readonly annotations: Readonly<Record<string, string>>;
  /** It has fewer Pods than it is to have. */
  readonly lacksPods: boolean;
}

interface WorkloadKind {
  readonly collection: (namespace: string) => string;
  readonly schema: z.ZodType<Workload>;
}

const inGroup =
  (group: string, plural: string): WorkloadKind['collection'] =>
  namespace =>
    `/apis/${group}/v1/namespaces/${encodeURIComponent(namespace)}/${plural}`;

/** Kinds whose controllers make Pods, and wait longer after each that was refused. */
export const WORKLOAD_KINDS: ReadonlyMap<string, WorkloadKind> = new Map([
  ['ReplicaSet', { collection: inGroup('apps', 'replicasets'), schema: replicated }],
  ['StatefulSet', { collection: inGroup('apps', 'statefulsets'), schema: replicated }],
  ['DaemonSet', { collection: inGroup('apps', 'daemonsets'), schema: daemonSet }],
  ['Job', { collection: inGroup('batch', 'jobs'), schema: job }],
]);
