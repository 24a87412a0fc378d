// SPDX-License-Identifier: Apache-2.0
import type { Authentication, AuthenticationMethod, Snapshot } from '@weir/policy/snapshot';
import { consumerChanges, consumersOf } from './consumer-changes.ts';
import { hasIdentityRules } from './identity-rules.ts';
import { mayWeaken, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { differingFields, fieldOf, fromTo, paired } from './values.ts';

/** Where the two sides find what they refer to. */
export interface Sides {
  readonly before: Snapshot;
  readonly after: Snapshot;
}

export function authenticationChanges(
  before: Authentication | undefined,
  after: Authentication | undefined,
  sides: Sides,
): readonly Change[] {
  if (before === undefined) return after === undefined ? [] : [addedChange(sides)];
  if (after === undefined) return [weakens('authentication: callers are no longer asked who they are')];
  const { both, lost, gained } = paired(before.methods, after.methods, ({ name }) => name);
  return [
    ...gained.map(({ name, kind }) => weakens(`authentication: method ${name} (${kind}) added`)),
    ...lost.map(({ name, kind }) => strengthens(`authentication: method ${name} (${kind}) removed`)),
    ...both.flatMap(([old, now]) => methodChanges(old, now, sides)),
    ...otherChanges(before, after),
  ];
}

function addedChange({ after }: Sides): Change {
  const text = 'authentication: callers are asked who they are';
  return hasIdentityRules(after) ? mayWeaken(`${text}, and rules that ask for it can admit them`) : strengthens(text);
}

function otherChanges(before: Authentication, after: Authentication): readonly Change[] {
  return differingFields(before, after)
    .filter(name => name !== 'methods')
    .map(name => {
      if (name !== 'admitsAnonymous') {
        return mayWeaken(fromTo(`authentication.${name}`, fieldOf(before, name), fieldOf(after, name)));
      }
      return after.admitsAnonymous
        ? weakens('authentication: callers without credential are admitted')
        : strengthens('authentication: callers without credential are no longer admitted');
    });
}

/** Consumers are compared by who they are: a selection may be another and pick the same, or be the same and pick others. */
function methodChanges(before: AuthenticationMethod, after: AuthenticationMethod, sides: Sides): readonly Change[] {
  const about = `authentication method ${after.name}`;
  const admitted = consumerChanges(
    'consumers' in before ? consumersOf(sides.before, before.consumers) : [],
    'consumers' in after ? consumersOf(sides.after, after.consumers) : [],
  );
  const others = differingFields(before, after).filter(name => name !== 'consumers');
  return [
    ...admitted.map(({ effect, text }) => ({ effect, text: `${about}: ${text}` })),
    ...others.map(name => mayWeaken(`${about}: ${fieldChange(name, before, after)}`)),
  ];
}

/** What a client shows to the issuer of tokens has a secret. */
function fieldChange(name: string, before: AuthenticationMethod, after: AuthenticationMethod): string {
  return name === 'client'
    ? 'another client, or another secret of it'
    : fromTo(name, fieldOf(before, name), fieldOf(after, name));
}
