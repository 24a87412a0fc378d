// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { Finding } from '../condition/finding.ts';
import type { RolloutFindings } from '../condition/findings.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { describePorts, findPort } from '../service/service-port.ts';
import type { ServiceDocument } from '../service/service-port.ts';
import { countEndpoints } from './count-endpoints.ts';
import type { RevisionEndpoints } from './count-endpoints.ts';
import { countPods } from './count-pods.ts';
import { rolloutOf, rolloutOfDeployment, splitInForce } from './rollout-in-force.ts';
import type { RolloutDocument } from './rollout-in-force.ts';

/** By which a Service says that what is behind it is another revision. */
export const REVISION_ANNOTATION = 'weir.dev/revision';

/** A Rollout with what is to be found of it without asking anybody else. */
export interface ResolvedRollout {
  readonly document: RolloutDocument;
  /** What is stable and what is new, as the documents say it of Services; undefined = it is a Deployment. */
  readonly services: RevisionsOfServices | undefined;
  /** Of a Deployment, how many Pods of each revision could serve now, by hash; absent = it is Services. */
  readonly pods?: Readonly<Record<string, number>>;
  readonly findings: RolloutFindings;
  readonly issues: readonly Issue[];
}

/** Revisions that are Services: `SERVICE`, or `SERVICE@REVISION`. */
export interface RevisionsOfServices {
  readonly stable: string;
  readonly candidate: string;
  /** Endpoints of each, and of those in force. */
  readonly endpoints: Readonly<Record<string, RevisionEndpoints>>;
}

type Refusal = Pick<Issue, 'code' | 'message' | 'path'> & {
  readonly reason: 'Conflicted' | 'Invalid' | 'TargetNotFound';
  readonly hint: string;
};

/** `isInCluster`: there are Deployments. */
export function resolveRollout(document: RolloutDocument, lookup: Lookup, isInCluster: boolean): ResolvedRollout {
  const refusal = document.unread === undefined ? refusalOf(document, lookup, isInCluster) : unreadRefusal(document.unread);
  return {
    document,
    services: revisionsOf(document, lookup),
    ...(document.spec.revisions.deployment && { pods: countPods(document, lookup) }),
    findings: { Accepted: acceptance(refusal) },
    issues: refusal === undefined ? [] : [{ document, severity: 'error', ...withoutReason(refusal) }],
  };
}

function revisionsOf(document: RolloutDocument, lookup: Lookup): RevisionsOfServices | undefined {
  const { services } = document.spec.revisions;
  if (services === undefined) return undefined;
  const stable = revisionNamed(document, services.stable, lookup);
  const candidate = revisionNamed(document, services.candidate, lookup);
  const inForce = splitInForce(document);
  const names = new Set([stable, candidate, inForce?.stable, inForce?.candidate]);
  const counted = [...names].flatMap(name =>
    name === undefined ? [] : [[name, countEndpoints(document, name, lookup)] as const],
  );
  return { stable, candidate, endpoints: Object.fromEntries(counted) };
}

function acceptance(refusal: Refusal | undefined): Finding<'Accepted' | Refusal['reason']> {
  return refusal === undefined ? holds('Accepted') : fails(refusal.reason, refusal.message);
}

function withoutReason({ reason: _reason, ...words }: Refusal): Omit<Refusal, 'reason'> {
  return words;
}

/** `SERVICE`, or `SERVICE@REVISION`. */
function revisionNamed({ namespace }: RolloutDocument, name: string, lookup: Lookup): string {
  const revision = lookup.get('Service', namespace, name)?.annotations[REVISION_ANNOTATION];
  return revision === undefined ? name : `${name}@${revision}`;
}

function refusalOf(document: RolloutDocument, lookup: Lookup, isInCluster: boolean): Refusal | undefined {
  const { namespace, spec } = document;
  const { name } = spec.targetRef;
  const target = lookup.get('Service', namespace, name);
  const other = rolloutOf(lookup, namespace, name);
  if (other !== document && other !== undefined) return conflict(other, name);
  // What is wrong whatever else there is comes first: it can be said before the object is written.
  const unjudged = unjudgedStep(spec);
  if (unjudged !== undefined) return unjudged;
  if (target === undefined) return missing(lookup, { namespace, name, path: 'spec.targetRef.name' });
  if (spec.revisions.services === undefined) return isInCluster ? sharing(document, lookup) : NO_DEPLOYMENTS;
  const { stable, candidate } = spec.revisions.services;
  return (
    unlike(target, { lookup, name: stable, path: 'spec.revisions.services.stable' }) ??
    unlike(target, { lookup, name: candidate, path: 'spec.revisions.services.candidate' })
  );
}

function unreadRefusal(unread: string): Refusal {
  return {
    reason: 'Invalid',
    code: 'rollout-unread',
    path: 'metadata.name',
    message: `${unread}; what is in force of it stays, and nothing goes on`,
    hint: 'mend what is wrong with it; another version of Weir may know what this one does not',
  };
}

/** A step that waits for conditions, where there are none. */
function unjudgedStep({ analysis, strategy }: RolloutDocument['spec']): Refusal | undefined {
  if (analysis !== undefined) return undefined;
  const step = (strategy.canary?.steps ?? []).findIndex(one => one.analysis !== undefined);
  if (step === -1 && strategy.blueGreen?.analysis === undefined) return undefined;
  const path = step === -1 ? 'spec.strategy.blueGreen.analysis' : `spec.strategy.canary.steps[${step}].analysis`;
  return {
    reason: 'Invalid',
    code: 'rollout-without-analysis',
    path,
    message: `${path} waits for conditions, and spec.analysis has none`,
    hint: 'write analysis: { conditions: [{ name: errors, successRate: { maxDrop: 0.5 } }] }',
  };
}

const NO_DEPLOYMENTS: Refusal = {
  reason: 'Invalid',
  code: 'rollout-without-cluster',
  path: 'spec.revisions.deployment',
  message: 'spec.revisions.deployment names a Deployment, and there are none outside a cluster',
  hint: 'write services: { stable, candidate } with two Services',
};

function conflict({ name }: RolloutDocument, service: string): Refusal {
  return {
    reason: 'Conflicted',
    code: 'rollout-conflicted',
    path: 'spec.targetRef.name',
    message: `Rollout \`${name}\` is older, and divides the requests of Service \`${service}\` already`,
    hint: 'take one of the two out',
  };
}

function sharing(document: RolloutDocument, lookup: Lookup): Refusal | undefined {
  const { namespace, spec } = document;
  const name = spec.revisions.deployment?.name ?? '';
  const other = rolloutOfDeployment(lookup, namespace, name);
  if (other === undefined || other === document) return undefined;
  return {
    reason: 'Conflicted',
    code: 'rollout-conflicted',
    path: 'spec.revisions.deployment.name',
    message: `Rollout \`${other.name}\` is older, and holds new Pods of Deployment \`${name}\` back already`,
    hint: 'take one of the two out; a Service without a Rollout gets the new Pods once they are promoted',
  };
}

interface NamedService {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

function missing(lookup: Lookup, { namespace, name, path }: NamedService): Refusal {
  const { message, hint } = describeMissing(lookup, { kind: 'Service', namespace, name });
  return { reason: 'TargetNotFound', code: 'rollout-service-missing', path, message: `${path} ${message}`, hint };
}

interface RevisionService {
  readonly lookup: Lookup;
  readonly name: string;
  readonly path: string;
}

/** A revision that lacks a port of the Service would answer nothing there. */
function unlike(target: ServiceDocument, { lookup, name, path }: RevisionService): Refusal | undefined {
  const { namespace } = target;
  const service = lookup.get('Service', namespace, name);
  if (service === undefined) return missing(lookup, { namespace, name, path });
  const lacking = (target.spec.ports ?? []).find(
    port => findPort(service, port.port, port.protocol === 'UDP' ? 'UDP' : 'TCP') === undefined,
  );
  if (lacking === undefined) return undefined;
  return {
    reason: 'Invalid',
    code: 'rollout-port-missing',
    path,
    message: `${path} names Service \`${name}\`, which has ${describePorts(service)} and not port ${lacking.port} of Service \`${target.name}\``,
    hint: `give Service \`${name}\` port ${lacking.port}`,
  };
}
