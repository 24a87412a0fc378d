// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { boundedDuration } from '../../bounded-duration.ts';
import { exactlyOne } from '../../exactly-one.ts';
import { objectName, referencedName } from '../../fields.ts';
import { addProblem, uniqueBy } from '../../list-rules.ts';
import { inCel, withApiForm } from '../../api-form.ts';
import { strictObject } from '../../strict-object.ts';
import { rolloutAnalysis, rolloutFuse } from './rollout-analysis.ts';
import { rolloutAssignment } from './rollout-match.ts';
import { rolloutStatus } from './rollout-status.ts';
import { rolloutStrategy } from './rollout-strategy.ts';

const DAY_MS = 24 * 3_600_000;

const OTHER_TARGET =
  'targetRef cannot name another Service, whose requests would go to the revisions of this one: delete this Rollout when it is Stable, and create another one';

const target = strictObject({
  group: z.literal('').default('').describe('"" for Services.'),
  kind: z.literal('Service').default('Service').describe('Service.'),
  name: referencedName.describe("A Service of the Rollout's namespace."),
})
  // What was written before is known to API servers alone.
  .check(withApiForm(inCel({ rule: 'self.name == oldSelf.name', message: OTHER_TARGET }), () => undefined))
  .describe('The Service whose requests are divided, wherever they come from.');

const services = strictObject({
  stable: referencedName.describe('The Service whose endpoints serve until a first rollout is promoted.'),
  candidate: referencedName.describe(
    'The Service whose endpoints are the new revision: another name here, or another annotation `weir.dev/revision` at it, begins a rollout.',
  ),
})
  .check(
    withApiForm(inCel({ rule: 'self.stable != self.candidate', message: 'stable and candidate must differ' }), context => {
      if (context.value.stable !== context.value.candidate) return;
      addProblem(context, ['candidate'], 'is the same as stable\nwrite the Service whose endpoints are the new revision');
    }),
  )
  .describe('Two Services of the same ports, one for each revision.');

/** Told to who changes what a Rollout is about, which no state of it outlives, with the field; undefined = it is what it was. */
export function otherRollout(
  before: RolloutSubject,
  now: RolloutSubject,
): { readonly path: string; readonly message: string } | undefined {
  if (before.targetRef.name !== now.targetRef.name) return { path: 'spec.targetRef', message: OTHER_TARGET };
  if (before.revisions.deployment?.name === now.revisions.deployment?.name) return undefined;
  return { path: 'spec.revisions', message: OTHER_REVISIONS };
}

interface RolloutSubject {
  readonly targetRef: { readonly name: string };
  readonly revisions: { readonly deployment?: { readonly name: string } | null | undefined };
}

const OTHER_REVISIONS =
  'revisions cannot change between Services and a Deployment, nor to another Deployment: delete this Rollout when it is Stable, and create another one';

const KEPT = inCel({
  rule: 'has(self.deployment) == has(oldSelf.deployment) && (!has(self.deployment) || self.deployment.name == oldSelf.deployment.name)',
  message: OTHER_REVISIONS,
});

const revisions = strictObject({
  deployment: strictObject({ name: referencedName.describe("A Deployment of the Rollout's namespace.") })
    .optional()
    .describe('The Deployment behind the Service: another Pod template begins a rollout. Only in a cluster.'),
  services: services.optional(),
})
  .check(exactlyOne(['deployment', 'services'], 'what is stable and what is new'))
  .check(withApiForm(KEPT, () => undefined))
  .describe('What is stable and what is new.');

const gate = strictObject({
  name: objectName.describe('Stands in the status and in events.'),
  url: z
    .string()
    .min(1)
    .max(2048)
    .describe('Is sent a POST with what is about to happen; 200 lets it happen, 403 aborts, anything else is asked again.'),
  before: z.enum(['Promotion', 'Start', 'Step']).default('Step').describe('What the gate is in front of.'),
  timeout: boundedDuration(100, 60_000).default('10s').describe('Of one question.'),
}).describe('Somebody who is asked before the rollout goes on.');

const notification = strictObject({
  url: z.string().min(1).max(2048).describe('Is sent a CloudEvent (POST, structured mode) for each turn of the rollout.'),
}).describe('Who is told what happens.');

const absentProxies = strictObject({
  wait: boundedDuration(0, DAY_MS)
    .default('30s')
    .describe('How long proxies are waited for that do not have a step, before they are named.'),
  then: z
    .enum(['Abort', 'Continue', 'Wait'])
    .default('Wait')
    .describe('Continue: the step counts without them. Wait: it does not count until they have it, or are gone for good.'),
}).describe('What becomes of a step that not every proxy takes.');

/** weir.dev/v1alpha1 Rollout. */
export const rolloutBody = {
  spec: strictObject({
    targetRef: target,
    revisions,
    strategy: rolloutStrategy,
    assignment: rolloutAssignment.optional(),
    analysis: rolloutAnalysis.optional(),
    fuse: rolloutFuse.optional(),
    rollbackWindow: boundedDuration(0, 30 * DAY_MS)
      .default('10m')
      .describe(
        'How long the former revision is kept after the new one has all requests, so that abort and undo are a matter of a second.',
      ),
    progressDeadline: boundedDuration(1000, DAY_MS)
      .default('10m')
      .describe('How long the new revision may take to be ready, and proxies to take a step, before the rollout is aborted.'),
    absentProxies: absentProxies.default(() => ({ wait: '30s', then: 'Wait' as const })),
    gates: z
      .array(gate)
      .max(8)
      .check(uniqueBy('the name', ({ name }) => name, ['name']))
      .optional()
      .describe('Who is asked before the rollout goes on; all must agree.'),
    notifications: z.array(notification).max(8).optional().describe('Who is told what happens.'),
    paused: z.boolean().optional().describe('Nothing goes on by itself while it is true; abort does.'),
  }).describe(
    'How a new revision of a Service comes to its requests: in steps that wait for every proxy, at the edge and in the mesh alike.',
  ),
  status: rolloutStatus,
};
