// SPDX-License-Identifier: Apache-2.0
import type { ExternalAuthorization } from '@weir/policy/snapshot';
import { mayWeaken, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { differingFields, fieldOf, fromTo } from './values.ts';

/** What a service is asked otherwise than before. What it answers is its own affair, so that most of it cannot be told. */
export function externalAuthorizationChanges(
  before: ExternalAuthorization | undefined,
  after: ExternalAuthorization | undefined,
): readonly Change[] {
  if (before === undefined) return after === undefined ? [] : [strengthens(`${TITLE}: Service ${after.label} is asked`)];
  if (after === undefined) return [weakens(`${TITLE}: Service ${before.label} is no longer asked`)];
  return differingFields(before, after).map(name => {
    if (name !== 'failsOpen') return mayWeaken(fromTo(`${TITLE}.${name}`, fieldOf(before, name), fieldOf(after, name)));
    return after.failsOpen
      ? weakens(`${TITLE}: requests go on when the service cannot be asked`)
      : strengthens(`${TITLE}: requests no longer go on when the service cannot be asked`);
  });
}

const TITLE = 'externalAuthorization';
