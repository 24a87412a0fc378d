// SPDX-License-Identifier: Apache-2.0
import { factsOf } from '../analysis/revision-facts.ts';
import type { RevisionFacts } from '../analysis/revision-facts.ts';
import type { Verdict } from '../analysis/verdict.ts';
import { planOf } from '../plan/plan-of.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import type { RolloutOffer } from './rollout-ports.ts';
import { SIDES } from './split-observations.ts';
import type { Side, Tallies } from './split-observations.ts';

/** A Rollout as people see it. */
export interface RolloutView {
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly strategy: string;
  /** Undefined = revisions are Services. */
  readonly deployment?: SeenDeployment | undefined;
  readonly state: RolloutState | undefined;
  /** What the steps do, in order. */
  readonly steps: readonly string[];
  /** What each side has seen since the present step began. */
  readonly seen: Readonly<Record<Side, SeenRevisions>>;
  readonly analysis: readonly { readonly outcome: string; readonly words: string }[];
}

/** A Deployment and the Pods of its revisions, the oldest first. */
export interface SeenDeployment {
  readonly name: string;
  readonly revisions: readonly PodsOfRevision[];
}

export interface PodsOfRevision {
  /** The hash of its Pod template. */
  readonly revision: string;
  /** As Kubernetes counts them; undefined = not known. */
  readonly number: number | undefined;
  readonly ready: number;
  readonly wanted: number;
}

export interface SeenRevisions {
  readonly stable: SeenRevision;
  readonly candidate: SeenRevision;
}

/** Undefined = there is nothing to compute it of. */
export interface SeenRevision {
  readonly requests: number;
  readonly failures: number;
  readonly successPercent: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

interface Shown {
  readonly offer: RolloutOffer;
  readonly state: RolloutState | undefined;
  readonly verdict: Verdict | undefined;
  readonly talliesOf: (side: Side) => Tallies | undefined;
}

export function viewOf({ offer, state, verdict, talliesOf }: Shown): RolloutView {
  const { spec, namespace, name } = offer.document;
  const [strategy = ''] = Object.entries(spec.strategy).flatMap(([kind, written]) => (written === undefined ? [] : kind));
  const seen = SIDES.map(side => [side, seenAt(talliesOf(side))] as const);
  return {
    ...{ namespace, name, service: spec.targetRef.name, strategy, state },
    deployment: deploymentOf(offer),
    steps: planOf(spec).steps.map(({ words }) => words),
    seen: Object.fromEntries(seen) as RolloutView['seen'],
    analysis: (verdict?.conditions ?? []).map(({ outcome, words }) => ({ outcome, words })),
  };
}

function deploymentOf({ document, revisions, numbers }: RolloutOffer): SeenDeployment | undefined {
  const { deployment } = document.spec.revisions;
  if (deployment === undefined) return undefined;
  const found = Object.entries(revisions).map(([revision, { ready, wanted }]) => ({
    ...{ revision, number: numbers?.[revision], ready, wanted },
  }));
  return { name: deployment.name, revisions: found.toSorted((left, right) => (left.number ?? 0) - (right.number ?? 0)) };
}

const NOTHING: SeenRevision = { requests: 0, failures: 0, successPercent: undefined, p50Ms: undefined, p99Ms: undefined };

function seenAt(tallies: Tallies | undefined): SeenRevisions {
  if (tallies === undefined) return { stable: NOTHING, candidate: NOTHING };
  return { stable: seenOf(factsOf(tallies.stable)), candidate: seenOf(factsOf(tallies.candidate)) };
}

function seenOf({ requests, failed, successPercent, p50Ms, p99Ms }: RevisionFacts): SeenRevision {
  return {
    ...{ requests, failures: failed, successPercent: numberOf(successPercent) },
    ...{ p50Ms: numberOf(p50Ms), p99Ms: numberOf(p99Ms) },
  };
}

function numberOf(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
