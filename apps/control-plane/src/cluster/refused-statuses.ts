// SPDX-License-Identifier: Apache-2.0
import { problemWords } from '@weir/base';
import type { Clock } from '@weir/base';
import type { PolicyStatus } from '@weir/policy/compile';
import { CONTROLLER_NAME } from '@weir/policy/resolve';
import type { RefusedObject } from '../control-plane-options.ts';

/** Of Weir's own kinds, those that have a status. */
const POLICY_KINDS: ReadonlySet<string> = new Set(['AccessPolicy', 'TrafficPolicy']);
/** As a condition takes it (meta/v1 Condition). */
const MAX_MESSAGE = 32_768;

type Refused = ReadonlyMap<string, RefusedObject>;

/** What Weir's own policies are told that could not be read, by `Kind/namespace/name`; each the same object as long as the policy is the same. */
export class RefusedStatuses {
  private readonly clock: Pick<Clock, 'wallMs'>;
  private readonly made = new WeakMap<RefusedObject, PolicyStatus>();

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.clock = clock;
  }

  keys(refused: Refused): readonly string[] {
    return [...refused.keys()].filter(key => POLICY_KINDS.has(key.slice(0, key.indexOf('/'))));
  }

  /** Undefined where there is nothing to say, or nowhere to say it. */
  status(key: string, refused: Refused): PolicyStatus | undefined {
    const object = refused.get(key);
    const [kind = '', namespace = ''] = key.split('/');
    if (object === undefined || !POLICY_KINDS.has(kind)) return undefined;
    const status = this.made.get(object) ?? this.create(namespace, object);
    this.made.set(object, status);
    return status;
  }

  /** What it is about cannot be read either: its Namespace stands for that. */
  private create(namespace: string, { generation, problems }: RefusedObject): PolicyStatus {
    const lastTransitionTime = new Date(this.clock.wallMs()).toISOString().replace(/\.\d+Z$/, 'Z');
    const message = problems.map(problemWords).join('; ').slice(0, MAX_MESSAGE);
    const condition = { type: 'Accepted', status: 'False', reason: 'Invalid', message } as const;
    const ancestorRef = { group: '', kind: 'Namespace', namespace, name: namespace };
    const conditions = [{ ...condition, observedGeneration: generation, lastTransitionTime }];
    return { ancestors: [{ ancestorRef, controllerName: CONTROLLER_NAME, conditions }] };
  }
}
