// SPDX-License-Identifier: Apache-2.0
import type { Attachment, Backend, ResourceName, Snapshot } from '@weir/policy/snapshot';
import type { Sides } from './authentication-changes.ts';
import { backendChanges } from './backend-changes.ts';
import type { Change } from './policy-diff.ts';
import type { RuleView } from './rule-view.ts';
import { paired } from './values.ts';

/**
 * How a Gateway calls the backends of a rule otherwise than before, where policies of the Gateway that say so have come or gone: then
 * the backends are others. What such a policy says differently is said of the backend itself.
 */
export function callerChanges(before: CalledRule, after: CalledRule, sides: Sides): readonly Change[] {
  const { both } = paired(calledOf(before), calledOf(after), ({ label }) => label);
  return both.flatMap(([old, now]) => {
    const [earlier, later] = [backendNamed(sides.before, old.name), backendNamed(sides.after, now.name)];
    if (old.name === now.name || earlier === undefined || later === undefined) return [];
    return backendChanges(earlier, later).map(({ effect, text }) => ({ effect, text: `calls ${now.label} with ${text}` }));
  });
}

/** A rule, and how it is attached to one listener. */
interface CalledRule {
  readonly rule: RuleView;
  readonly attachment: Attachment;
}

function calledOf({ rule, attachment }: CalledRule) {
  return rule.backends.map(({ label, backend }, index) => ({
    label,
    name: attachment.traffic?.backends[index]?.backend ?? backend,
  }));
}

function backendNamed({ resources }: Snapshot, name: ResourceName | undefined): Backend | undefined {
  const resource = name === undefined ? undefined : resources.get(name);
  return resource?.kind === 'backend' ? resource : undefined;
}
