// SPDX-License-Identifier: Apache-2.0
import { fails } from '../condition/finding.ts';
import type { TlsPolicyFindings } from '../condition/findings.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { describePorts } from '../service/service-port.ts';
import { resolveTrust } from './resolve-trust.ts';
import type { BackendTrust, TrustSources } from './resolve-trust.ts';
import { targetsOfPolicy, winnerAt } from './select-tls-policy.ts';
import type { PolicyTarget, TlsPolicyDocument } from './select-tls-policy.ts';

/** A BackendTLSPolicy with everything that was found out about it; who uses it is known only to routes. */
export interface ResolvedTlsPolicy {
  readonly document: TlsPolicyDocument;
  readonly targets: readonly PolicyTarget[];
  readonly trust: BackendTrust;
  readonly findings: TlsPolicyFindings;
  readonly issues: readonly Issue[];
}

/** Resolves a policy, with whether an older one has taken its targets. */
export function resolveTlsPolicy(document: TlsPolicyDocument, sources: TrustSources): ResolvedTlsPolicy {
  const { trust, findings, issues } = resolveTrust(document, sources);
  const targets = targetsOfPolicy(document);
  const losses = targets.flatMap(target => lossOf(document, target, sources.lookup) ?? []);
  const isBeaten = losses.length > 0 && losses.length === targets.length;
  return {
    document,
    targets,
    trust,
    findings: isBeaten
      ? { ...findings, Accepted: fails('Conflicted', losses.map(({ message }) => message).join('; ')) }
      : findings,
    issues: [...issues, ...losses, ...targetIssues(document, sources.lookup)],
  };
}

function lossOf(document: TlsPolicyDocument, target: PolicyTarget, lookup: Lookup): Issue | undefined {
  const winner = winnerAt(lookup, target);
  if (winner === undefined || winner.name === document.name) return undefined;
  const { service, sectionName } = target;
  const index = document.spec.targetRefs.findIndex(ref => ref.name === service && ref.sectionName === sectionName);
  const subject = sectionName === undefined ? `Service \`${service}\`` : `port \`${sectionName}\` of Service \`${service}\``;
  return {
    document,
    severity: 'error',
    code: 'tls-policy-conflict',
    path: `spec.targetRefs[${index}]`,
    message: `${subject} has BackendTLSPolicy \`${winner.name}\` already, which is older or comes first by name`,
    hint: 'remove one of the two',
  };
}

/** A target that is not there is an easy way to believe in TLS where there is none. */
function targetIssues(document: TlsPolicyDocument, lookup: Lookup): readonly Issue[] {
  const { namespace, spec } = document;
  return spec.targetRefs.flatMap((ref, index): readonly Issue[] => {
    const path = `spec.targetRefs[${index}]`;
    const base = { document, severity: 'error', code: 'tls-policy-target' } as const;
    if (ref.group !== '' || ref.kind !== 'Service') {
      const message = `${path} names a ${ref.kind} of group "${ref.group}", and Weir applies the policy to Services only`;
      return [{ ...base, path: `${path}.kind`, message, hint: 'write group: "" and kind: Service' }];
    }
    const service = lookup.get('Service', namespace, ref.name);
    if (service === undefined) {
      const { message, hint } = describeMissing(lookup, { kind: 'Service', namespace, name: ref.name });
      return [{ ...base, path: `${path}.name`, message: `${path} ${message}`, hint }];
    }
    const names = (service.spec.ports ?? []).flatMap(({ name }) => name ?? []);
    if (ref.sectionName === undefined || names.includes(ref.sectionName)) return [];
    const message = `${path} names port \`${ref.sectionName}\` of Service \`${ref.name}\`, which has ${describePorts(service)}`;
    const nearest = nearestName(ref.sectionName, names);
    const hint =
      nearest === undefined ? 'write the name of a port, or leave sectionName out for all' : `did you mean \`${nearest}\`?`;
    return [{ ...base, path: `${path}.sectionName`, message, hint }];
  });
}
