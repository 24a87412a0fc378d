// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import { GRPC_STATUS_NAMES } from '@weir/policy/snapshot';
import type { ResourceName, RuleAction, Snapshot, TrafficCalls } from '@weir/policy/snapshot';
import { callFields } from '@weir/resilience';
import type { CallField, CallFields } from '@weir/resilience';
import type { ExplainedCall } from '../explanation.ts';

/** How each field is named where it is written, and how its value reads. In the order of the schema. */
const TEXTS: { readonly [Name in keyof CallFields]: readonly [field: string, show: Shown<CallFields[Name]>] } = {
  requestTimeoutMs: ['timeouts.request', time],
  attemptTimeoutMs: ['timeouts.attempt', time],
  idleTimeoutMs: ['timeouts.idle', time],
  streamTimeoutMs: ['timeouts.stream', streamTime],
  retryAttempts: ['retry.attempts', String],
  retryKinds: ['retry.failures', kinds => kinds.join(', ') || 'failed connections only'],
  retryStatusCodes: ['retry.statusCodes', codes => codes.join(', ') || 'none'],
  retryGrpcCodes: ['retry.grpcCodes', codes => codes.map(code => GRPC_STATUS_NAMES[code] ?? '').join(', ') || 'none'],
  retriesAllMethods: ['retry.methods', isAll => (isAll ? 'All' : 'Idempotent')],
  retryBackoffMs: ['retry.backoff', time],
};

type Shown<Field> = Field extends CallField<infer Value> ? (value: Value) => string : never;

/** Of a call that is retried these are told also where nobody says anything of them. */
const TOLD_DEFAULTS: ReadonlySet<string> = new Set(['retryAttempts', 'retryBackoffMs']);

/** How a backend is called, field by field, and who says so. `name`: TrafficCalls. */
export function explainedCalls(
  { resources }: Snapshot,
  action: RuleAction,
  name: ResourceName | undefined,
): readonly ExplainedCall[] {
  const resource = name === undefined ? undefined : resources.get(name);
  const calls = resource?.kind === 'trafficCalls' ? resource : undefined;
  const fields = callFields(action, calls);
  const isRetried = fields.retryAttempts.value > 0;
  const told = Object.keys(TEXTS).flatMap((key): readonly ExplainedCall[] => {
    // The table has the fields' own names.
    const field = key as keyof CallFields;
    const isTold = fields[field].from !== 'default' || (isRetried && TOLD_DEFAULTS.has(field));
    const isIdle = !isRetried && field.startsWith('retr') && field !== 'retryAttempts';
    return isTold && !isIdle ? [explainedCall(field, fields, calls)] : [];
  });
  return calls?.priority === undefined ? told : [...told, explainedPriority(calls.priority)];
}

/** Routes say nothing of it themselves. */
function explainedPriority({ value, ...from }: NonNullable<TrafficCalls['priority']>): ExplainedCall {
  return { field: 'priority', value: value.slice(0, 1).toUpperCase() + value.slice(1), from: sourceText(from, undefined) };
}

function explainedCall(name: keyof CallFields, fields: CallFields, calls: TrafficCalls | undefined): ExplainedCall {
  const [field, show] = TEXTS[name];
  const { value, from } = fields[name];
  // Text and value are of the same field.
  return { field, value: (show as (value: unknown) => string)(value), from: sourceText(from, calls?.[name]) };
}

/** `other`: what policies say of the field, if anything. */
function sourceText(from: CallField<unknown>['from'], other: Omit<Policy, 'value'> | undefined): string {
  if (from === 'default') return 'by default';
  if (from === 'route') return `the route itself${other === undefined ? '' : `, before ${policyText(other)}`}`;
  return `${policyText(from)}${from.isOverride ? ', which overrides' : ''}`;
}

type Policy = NonNullable<TrafficCalls[keyof CallFields]>;

function policyText({ policy, scope }: Omit<Policy, 'value'>): string {
  return `TrafficPolicy ${policy} on ${scope}`;
}

/** Undefined is nobody's word, and not told. */
function streamTime(ms: number | undefined): string {
  return time(ms ?? 0);
}

function time(ms: number): string {
  return ms === 0 ? 'none' : formatDuration(ms);
}
