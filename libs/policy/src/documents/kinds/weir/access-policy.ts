// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { labelSelector } from '../label-selector.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { accessRule } from './access-rule.ts';
import { authentication } from './authentication.ts';
import { cidr } from './cidr.ts';
import { externalAuthorization } from './external-authorization.ts';
import { merged } from './field-traits.ts';
import { targetRefs } from './policy-target.ts';

/** Parts of an AccessPolicy that a wider policy may leave to narrower ones. */
export const ACCESS_PARTS = ['addresses', 'authentication', 'authorization', 'externalAuthorization'] as const;

/** What a policy can say. */
const SAYINGS = [...ACCESS_PARTS, 'mutualTls'] as const;

const AT_GATEWAY = 'the gateway; of a Service also whoever receives for it';

const addresses = strictObject({
  allow: z.array(cidr).min(1).max(4096).optional().describe('Only these client addresses are admitted.'),
  deny: z.array(cidr).min(1).max(4096).optional().describe('These client addresses are refused.'),
})
  .check(
    withApiForm(inCel({ rule: 'has(self.allow) || has(self.deny)', message: 'allow or deny must be written' }), context => {
      const { allow, deny } = context.value;
      if (allow === undefined && deny === undefined) addProblem(context, [], 'names no address\nwrite allow or deny');
    }),
  )
  .describe("The client's address, behind trusted forwarding hops.");

const authorization = strictObject({
  defaultAction: z
    .enum(['Deny'])
    .optional()
    .describe('Deny refuses what no rule allows, where no policy of the same scope or a narrower one has Allow rules.'),
  rules: z
    .array(accessRule)
    .max(128)
    .check(uniqueBy('the name', ({ name }) => name, ['name']))
    .default(() => [])
    .describe("A request that fits a Deny rule is refused. Where there are Allow rules, it must fit one of each policy's."),
})
  .check(
    withApiForm(
      inCel({ rule: 'has(self.defaultAction) || size(self.rules) > 0', message: 'rules or defaultAction: Deny must be written' }),
      context => {
        // Elsewhere an empty list of rules admits nobody: who has learnt that must not find the door open here.
        const { defaultAction, rules } = context.value;
        if (defaultAction !== undefined || rules.length > 0) return;
        addProblem(context, [], 'says nothing\nwrite rules, or defaultAction: Deny to refuse what no rule allows');
      },
    ),
  )
  .describe('What callers may do.');

const relaxable = strictObject({
  part: z.enum(ACCESS_PARTS).describe('The part that may be switched off.'),
  namespaces: strictObject({
    from: z
      .enum(['All', 'Selector', 'Same'])
      .default('Same')
      .describe("Any namespace, those that the selector picks, or the policy's own."),
    selector: labelSelector.optional().describe('Labels of the namespaces; for `from: Selector`.'),
  })
    .default({ from: 'Same' })
    .describe('Policies of which namespaces may relax it.'),
});

const mutualTls = strictObject({
  mode: z
    .enum(['Permissive', 'Strict'])
    .describe(
      'Strict: connections between workloads are mutual TLS or none, and plaintext is refused on both sides. Permissive, as where nobody says anything: plaintext of and to who is not in the mesh goes on.',
    ),
}).describe('How workloads of the mesh speak to the Services; of Namespaces and Services only.');

const SAYS_SOMETHING = inCel({
  rule: `${SAYINGS.map(part => `has(self.${part})`).join(' || ')} || (has(self.relax) && size(self.relax) > 0)`,
  message: `one of ${SAYINGS.join(', ')} and relax must be written`,
});

/** weir.dev/v1alpha1 AccessPolicy. */
export const accessPolicyBody = {
  spec: strictObject({
    targetRefs,
    mode: z
      .enum(['Enforce', 'Shadow'])
      .default('Enforce')
      .describe('Shadow: the policy is evaluated beside the others, and what it would refuse is counted and logged only.'),
    relaxable: z
      .array(relaxable)
      .max(ACCESS_PARTS.length)
      .check(uniqueBy('the part', ({ part }) => part, ['part']))
      .optional()
      .describe('Parts of this policy that a narrower one may switch off for itself by `relax`.'),
    relax: z
      .array(z.enum(ACCESS_PARTS))
      .max(ACCESS_PARTS.length)
      .optional()
      .describe('Parts of wider policies that do not hold here, as far as those policies let it by `relaxable`.'),
    addresses: merged(addresses, { chain: 'request', strategy: 'all', enforcedAt: AT_GATEWAY }).optional(),
    authentication: merged(authentication, { chain: 'request', strategy: 'all', enforcedAt: AT_GATEWAY }).optional(),
    authorization: merged(authorization, { chain: 'request', strategy: 'all', enforcedAt: AT_GATEWAY }).optional(),
    externalAuthorization: merged(externalAuthorization, {
      chain: 'request',
      strategy: 'all',
      enforcedAt: AT_GATEWAY,
    }).optional(),
    mutualTls: merged(mutualTls, {
      chain: 'mesh',
      strategy: 'strictest',
      enforcedAt: 'the sidecars of caller and receiver, each on its own',
    }).optional(),
  })
    .check(
      withApiForm(SAYS_SOMETHING, context => {
        const { relax = [] } = context.value;
        if (SAYINGS.some(part => context.value[part] !== undefined) || relax.length > 0) return;
        const parts = `${SAYINGS.slice(0, -1).join(', ')} or ${SAYINGS.at(-1)!}`;
        addProblem(context, [], `says nothing about access\nwrite ${parts}`);
      }),
    )
    .describe('Who may call what it is attached to. Everything that the access policies of all scopes ask must hold.'),
};
