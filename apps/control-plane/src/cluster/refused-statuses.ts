// SPDX-License-Identifier: Apache-2.0
import { problemWords } from '@weir/base';
import type { Clock } from '@weir/base';
import { kindOf } from '@weir/kubernetes';
import type { ObjectStatus, PolicyStatus } from '@weir/policy/compile';
import { CONTROLLER_NAME } from '@weir/policy/resolve';
import type { RefusedObject } from '../control-plane-options.ts';

/** Of Weir's own kinds, those that have a status, and whether it is one of policies. */
const STATUS_KINDS: ReadonlyMap<string, 'object' | 'policy'> = new Map([
  ['AccessPolicy', 'policy'],
  ['Rollout', 'object'],
  ['TrafficPolicy', 'policy'],
]);
/** As a condition takes it (meta/v1 Condition). */
const MAX_MESSAGE = 32_768;

type Refused = ReadonlyMap<string, RefusedObject>;

/** What Weir's own objects are told that could not be read, by `Kind/namespace/name`; each the same as long as the object is the same. */
export class RefusedStatuses {
  private readonly clock: Pick<Clock, 'wallMs'>;
  private readonly made = new WeakMap<RefusedObject, ObjectStatus | PolicyStatus>();

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.clock = clock;
  }

  keys(refused: Refused): readonly string[] {
    return [...refused.keys()].filter(key => STATUS_KINDS.has(kindOf(key)));
  }

  /** Undefined where there is nothing to say, or nowhere to say it. */
  status(key: string, refused: Refused): ObjectStatus | PolicyStatus | undefined {
    const object = refused.get(key);
    const [kind = '', namespace = ''] = key.split('/');
    const form = STATUS_KINDS.get(kind);
    if (object === undefined || form === undefined) return undefined;
    const status = this.made.get(object) ?? (form === 'object' ? this.refusal(object) : this.policyRefusal(namespace, object));
    this.made.set(object, status);
    return status;
  }

  /** What it is about cannot be read either: its Namespace stands for that. */
  private policyRefusal(namespace: string, object: RefusedObject): PolicyStatus {
    const ancestorRef = { group: '', kind: 'Namespace', namespace, name: namespace };
    return { ancestors: [{ ancestorRef, controllerName: CONTROLLER_NAME, ...this.refusal(object) }] };
  }

  private refusal({ generation, problems }: RefusedObject): ObjectStatus {
    const lastTransitionTime = new Date(this.clock.wallMs()).toISOString().replace(/\.\d+Z$/, 'Z');
    const message = problems.map(problemWords).join('; ').slice(0, MAX_MESSAGE);
    const condition = { type: 'Accepted', status: 'False', reason: 'Invalid', message } as const;
    return { conditions: [{ ...condition, observedGeneration: generation, lastTransitionTime }] };
  }
}
