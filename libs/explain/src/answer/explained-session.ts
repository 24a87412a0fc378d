// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { Backend, RuleAction, SessionPersistence } from '@weir/policy/snapshot';
import type { ExplainedCall } from '../explanation.ts';
import { sourceOfField } from './backend-calls.ts';

/** How requests of a client are kept at one endpoint; a route's own way goes before its Service's. */
export function explainedSession(action: RuleAction, backend: Backend | undefined): readonly ExplainedCall[] {
  const { sessionPersistence: own } = action;
  const session = own ?? backend?.sessionPersistence;
  if (session === undefined) return [];
  const source = backend?.sources.find(({ value }) => value === 'sessionPersistence');
  const policy = source === undefined ? 'TrafficPolicy of the Service' : sourceOfField(source);
  const from = own === undefined ? policy : 'the route itself';
  return [{ field: 'sessionPersistence', value: sessionText(session), from }];
}

function sessionText({ by, name, path, lifetimeMs }: SessionPersistence): string {
  const place = by === 'cookie' && path !== '/' ? ` for ${path}` : '';
  return `${by} ${name}${place}${lifetimeMs === undefined ? '' : `, ${formatDuration(lifetimeMs)} at most`}`;
}
