// SPDX-License-Identifier: Apache-2.0
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { RouteContext } from '../route/route-context.ts';
import { limitsSomething } from '../traffic/limit-fields.ts';
import type { MeshHalf, UnenforcedPolicy } from './mesh-half.ts';
import type { CallerListener } from './mesh-names.ts';

/** What is attached to a rule and its route, and who asks for it where nobody could enforce it. */
export interface OwnPolicies {
  readonly access: PolicyChain | undefined;
  readonly limits: PolicyChain | undefined;
  /** Whether the rule itself has somebody asked. */
  readonly asks: boolean;
}

/** Where it is written, and why it cannot be enforced. */
export interface Obstacle {
  /** `spec.rules[0]`. */
  readonly path: string;
  readonly parent: CallerListener;
  readonly why: string;
}

/**
 * What becomes of policies that nobody could enforce: access fails closed, so that all of it is refused; a limit that is not kept is
 * told. Both are reported.
 */
export function withoutEnforcement(
  context: RouteContext,
  own: OwnPolicies,
  obstacle: Obstacle,
): Pick<MeshHalf, 'refusal' | 'unenforced'> {
  const { why } = obstacle;
  const guards = (own.access?.links ?? []).map(({ policy }): UnenforcedPolicy => {
    const effect = isShadow(context, policy) ? 'nothing is counted' : 'nobody is let through';
    return {
      kind: 'AccessPolicy',
      policy,
      message: `AccessPolicy ${policy} cannot be enforced in the mesh: ${why}; there ${effect}`,
    };
  });
  const limiting = limitingPolicies(context, own.limits).map((policy): UnenforcedPolicy => {
    const message = `limits and faults of TrafficPolicy ${policy} cannot be enforced in the mesh: ${why}; there they have no effect`;
    return { kind: 'TrafficPolicy', policy, message };
  });
  const unenforced = [...guards, ...limiting];
  for (const { message } of unenforced) reportUnenforced(context, obstacle, message);
  return { refusal: refusalOf(context, own, why), unenforced };
}

/** Of a chain those policies that limit requests or make some of them fail. */
export function limitingPolicies({ document, lookup }: RouteContext, chain: PolicyChain | undefined): readonly string[] {
  const { namespace } = document;
  return (chain?.links ?? []).flatMap(({ policy }) => {
    const found = lookup.get('TrafficPolicy', namespace, policy.slice(namespace.length + 1));
    return found !== undefined && limitsSomething(found.spec) ? policy : [];
  });
}

function refusalOf(context: RouteContext, { access, asks }: OwnPolicies, why: string): string | undefined {
  const acting = access?.links.find(({ policy }) => !isShadow(context, policy));
  if (acting !== undefined) return `AccessPolicy ${acting.policy} cannot be enforced in the mesh: ${why}`;
  return asks ? `filter ExternalAuth cannot be enforced in the mesh: ${why}` : undefined;
}

/** Policies lie in the namespace of what they are attached to. */
function isShadow({ document: { namespace }, lookup }: RouteContext, policy: string): boolean {
  return lookup.get('AccessPolicy', namespace, policy.slice(namespace.length + 1))?.spec.mode === 'Shadow';
}

function reportUnenforced(context: RouteContext, { path, parent: { namespace, service } }: Obstacle, message: string): void {
  context.report({
    severity: 'error',
    code: 'policy-not-enforceable',
    path,
    message: `${path}: ${message}`,
    hint: `attach the policy to the Service that receives, such as \`${service}\` in namespace \`${namespace}\``,
  });
}
