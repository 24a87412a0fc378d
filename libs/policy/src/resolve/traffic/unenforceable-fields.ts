// SPDX-License-Identifier: Apache-2.0
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';
import { REQUEST_FIELDS } from './traffic-fields.ts';

type TargetRef = TrafficPolicyDocument['spec']['targetRefs'][number];

/** Routes whose connections are carried whole: nobody sees a request in them. */
const STREAM_ROUTES: ReadonlySet<string> = new Set(['TCPRoute', 'TLSRoute', 'UDPRoute']);
const STREAM_PROTOCOLS: ReadonlySet<string> = new Set(['TCP', 'TLS', 'UDP']);

/** Fields about requests in a policy with a target that has none: a limit that nobody keeps must not look as if somebody did. */
export function unenforceableIssues(document: TrafficPolicyDocument, lookup: Lookup): readonly Issue[] {
  const { spec, namespace } = document;
  const written = REQUEST_FIELDS.filter(({ valueIn }) => valueIn(spec) !== undefined).map(({ path }) => `spec.${path}`);
  if (written.length === 0) return [];
  return spec.targetRefs.flatMap((target, index): Issue | readonly Issue[] => {
    if (!carriesStreams(target, namespace, lookup)) return [];
    const { kind, name, sectionName } = target;
    const what = sectionName === undefined ? `${kind} \`${name}\`` : `\`${sectionName}\` of ${kind} \`${name}\``;
    return {
      document,
      severity: 'error',
      code: 'policy-field-not-enforceable',
      path: `spec.targetRefs[${index}]`,
      message: `spec.targetRefs[${index}], ${what}, carries connections whole, and nothing in them is seen as a request: without effect there are ${written.join(', ')}`,
      hint: 'write them for HTTPRoutes, GRPCRoutes and their listeners; spec.connectionLimits of the Service or the Gateway limit connections',
    };
  });
}

function carriesStreams({ kind, name, sectionName }: TargetRef, namespace: string, lookup: Lookup): boolean {
  if (STREAM_ROUTES.has(kind)) return true;
  if (sectionName === undefined || (kind !== 'Gateway' && kind !== 'ListenerSet')) return false;
  const listener = lookup.get(kind, namespace, name)?.spec.listeners.find(one => one.name === sectionName);
  return listener !== undefined && STREAM_PROTOCOLS.has(listener.protocol);
}
