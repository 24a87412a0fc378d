// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { Endpoint, FuseSpec, Split, SplitAssignment, SplitCondition, SplitMatch } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { SliceEndpoint } from '../mesh/endpoint-server.ts';
import { collectEndpoints } from '../service/collect-endpoints.ts';
import { findPort } from '../service/service-port.ts';
import type { ServiceDocument, ServicePort } from '../service/service-port.ts';
import type { HintedEndpoint } from '../service/topology-hints.ts';
import { POD_TEMPLATE_HASH } from './held-pod-names.ts';
import { revisionAt, revisionOfPods } from './pod-revision.ts';
import { rolloutOf, serviceOfRevision, splitInForce } from './rollout-in-force.ts';
import type { RolloutDocument, SplitInForce } from './rollout-in-force.ts';

type Slice = DocumentOf<'EndpointSlice'>;

/** A Service's port with what says who serves it. */
export interface DividedPort {
  readonly service: ServiceDocument;
  readonly port: ServicePort;
  /** Those of the Service that can be used. */
  readonly slices: readonly Slice[];
  readonly lookup: Lookup;
  /** Those of another Service's slices that can be used. */
  readonly usableSlices: (service: ServiceDocument) => readonly Slice[];
}

/** Who serves each revision. */
export interface DividedEndpoints {
  readonly rollout: RolloutDocument;
  /** Who serves whoever knows of no revisions. */
  readonly serving: readonly HintedEndpoint[];
  readonly stable: readonly HintedEndpoint[];
  /** Undefined = there is no other revision. */
  readonly candidate: readonly HintedEndpoint[] | undefined;
  readonly split: SplitInForce;
}

/** Undefined = all of the Service's endpoints serve it alike, as those of a Deployment do where no Pod of either revision serves. */
export function divideEndpoints(divided: DividedPort): DividedEndpoints | undefined {
  const { service, lookup } = divided;
  const rollout = rolloutOf(lookup, service.namespace, service.name);
  const split = rollout && splitInForce(rollout);
  if (rollout === undefined || split === undefined) return undefined;
  if (rollout.spec.revisions.services === undefined) return dividePods(divided, rollout, split);
  const endpointsOf = (revision: string): readonly HintedEndpoint[] => endpointsOfService(serviceOfRevision(revision), divided);
  // What no proxy is to know any more, none is told.
  const stable = split.isStableForgotten === true ? [] : endpointsOf(split.stable);
  const candidate = split.candidate === undefined ? undefined : endpointsOf(split.candidate);
  return { rollout, split, stable, candidate, serving: split.isStableForgotten === true ? (candidate ?? []) : stable };
}

function dividePods(divided: DividedPort, rollout: RolloutDocument, split: SplitInForce): DividedEndpoints | undefined {
  const isForgotten = split.isStableForgotten === true;
  const former = isForgotten ? [] : endpointsOfPods(split.stable, divided);
  const candidate = split.candidate === undefined ? undefined : endpointsOfPods(split.candidate, divided);
  // Somebody else has replaced the Pods of both: whoever Kubernetes calls ready is better than nobody.
  if (former.length === 0 && (candidate ?? []).length === 0) return undefined;
  const isGone = !isForgotten && candidate !== undefined && former.length === 0 && !hasPods(split.stable, divided);
  const stable = isGone ? inPlaceOf(split, candidate, divided) : former;
  return { rollout, split, stable, candidate, serving: isForgotten ? (candidate ?? []) : stable };
}

/**
 * Who serves where no Pod of stable is left: whom Kubernetes calls ready, as it does not call Pods that are held. As of a Deployment that was made
 * anew, there may be nobody else than the new revision to send anything to.
 */
function inPlaceOf(
  { candidate: hash }: SplitInForce,
  candidate: readonly HintedEndpoint[],
  { port, slices, lookup }: DividedPort,
): readonly HintedEndpoint[] {
  const others = {
    includes: (slice: Slice, one: SliceEndpoint) => revisionAt(slice, one, lookup) !== hash,
    isHeldBack: () => false,
  };
  const found = collectEndpoints(slices, port, { lookup, revision: others });
  return found.length > 0 ? found : candidate;
}

/** Whether there are Pods of a revision that may come to serve, those included that have no address yet. */
function hasPods(hash: string, { service, slices, lookup }: DividedPort): boolean {
  const isThere = slices.some(slice =>
    (slice.endpoints ?? []).some(one => one.conditions?.terminating !== true && revisionAt(slice, one, lookup) === hash),
  );
  return isThere || hasPendingPods(hash, service.namespace, lookup);
}

/** As where the only Pod of stable is made anew: what has not been looked at does not get its requests meanwhile. */
function hasPendingPods(hash: string, namespace: string, lookup: Lookup): boolean {
  return [...lookup.namesIn('Pod', namespace)].some(name => {
    const pod = lookup.get('Pod', namespace, name);
    return pod?.status?.phase === 'Pending' && pod.labels[POD_TEMPLATE_HASH] === hash;
  });
}

function endpointsOfService(name: string, { service, port, lookup, usableSlices }: DividedPort): readonly HintedEndpoint[] {
  const found = lookup.get('Service', service.namespace, name);
  const served = found && (findPort(found, port.port, port.protocol === 'UDP' ? 'UDP' : 'TCP') ?? portNamed(found, port));
  return found === undefined || served === undefined ? [] : collectEndpoints(usableSlices(found), served, { lookup });
}

function portNamed({ spec }: ServiceDocument, { name, protocol }: ServicePort): ServicePort | undefined {
  return name === undefined ? undefined : spec.ports?.find(one => one.name === name && one.protocol === protocol);
}

function endpointsOfPods(hash: string, { port, slices, lookup }: DividedPort): readonly HintedEndpoint[] {
  return collectEndpoints(slices, port, { lookup, revision: revisionOfPods(hash, lookup) });
}

/** `endpoints`: of both, as proxies are told them. */
export function compileSplit({ rollout, split }: DividedEndpoints, endpoints: EndpointsOfRevisions): Split {
  return {
    rollout: `${rollout.namespace}/${rollout.name}`,
    step: split.step,
    stable: { revision: split.stable, endpoints: endpoints.stable },
    candidate: { revision: split.candidate ?? '', endpoints: endpoints.candidate },
    candidateShare: split.candidateShare,
    assignment: assignmentOf(rollout),
    matches: (split.matches ?? []).map(matchOf),
    mirrorShare: split.mirrorShare,
    // It would send requests to where nobody is.
    fuse: split.isStableForgotten === true ? undefined : fuseOf(rollout),
  };
}

interface EndpointsOfRevisions {
  readonly stable: readonly Endpoint[];
  readonly candidate: readonly Endpoint[];
}

function assignmentOf({ spec: { assignment } }: RolloutDocument): SplitAssignment | undefined {
  if (assignment?.header !== undefined) return { by: 'header', name: assignment.header.toLowerCase(), path: [] };
  if (assignment?.cookie !== undefined) return { by: 'cookie', name: assignment.cookie, path: [] };
  if (assignment?.claim !== undefined) return { by: 'claim', name: '', path: assignment.claim };
  return assignment && { by: 'address', name: '', path: [] };
}

function matchOf({ headers = [], cookies = [], claims = [], hosts }: NonNullable<SplitInForce['matches']>[number]): SplitMatch {
  const conditions: readonly SplitCondition[] = [
    ...headers.map(({ name, values }) => ({ by: 'header' as const, name: name.toLowerCase(), path: [], values })),
    ...cookies.map(({ name, values }) => ({ by: 'cookie' as const, name, path: [], values })),
    ...claims.map(({ path, values }) => ({ by: 'claim' as const, name: '', path, values })),
    ...(hosts === undefined ? [] : [{ by: 'host' as const, name: '', path: [], values: hosts }]),
  ];
  return { conditions };
}

/** On unless it is switched off: what fails hard is to be taken out before anybody is asked. */
function fuseOf({ spec: { fuse } }: RolloutDocument): FuseSpec | undefined {
  if (fuse?.mode === 'Disabled') return undefined;
  const { errorPercent = 20, minimumRequests = 50, window = '5s' } = fuse ?? {};
  return { errorPercent, minimumRequests, windowMs: parseDuration(window) };
}
