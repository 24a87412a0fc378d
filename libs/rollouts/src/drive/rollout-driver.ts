// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Timer } from '@weir/base';
import { advance } from '../advance/advance.ts';
import type { InFlightFact, RolloutFacts, RolloutRequest, VerdictFact } from '../advance/rollout-facts.ts';
import { verdictFact } from '../advance/verdict-fact.ts';
import { assess } from '../analysis/assess.ts';
import type { Verdict } from '../analysis/verdict.ts';
import { planOf } from '../plan/plan-of.ts';
import type { RolloutPlan } from '../plan/rollout-plan.ts';
import { initialState } from '../state/rollout-state.ts';
import type { AnsweredRequest, RolloutState, SplitInForce } from '../state/rollout-state.ts';
import { analysisOf } from './analysis-of.ts';
import type { PlannedAnalysis, QueryValue } from './analysis-of.ts';
import { GateDesk } from './gate-desk.ts';
import { Notifier } from './notifier.ts';
import { QueryDesk } from './query-desk.ts';
import type { Rollout, RolloutOffer, RolloutPorts } from './rollout-ports.ts';
import type { SplitObservations } from './split-observations.ts';
import { TellingPace } from './telling-pace.ts';

/** How often facts are looked at: a decision reaches proxies well within a second of what it follows from. */
const LOOK_MS = 250;
/** How often the analysis looks: as often as proxies tell. */
const ASSESS_MS = 1000;

/** A store that fails is asked again after so long. */
const STORE_AGAIN_MS = 1000;

/** Each proxy that is connected to anybody has told within that time: who has not is gone, whoever counted it when the step arrived. */
const HEARD_MS = 30_000;

/** A request with who waits for its answer. */
interface Asked {
  readonly request: RolloutRequest;
  /** Undefined = there is nobody any more who could. */
  readonly answer: (answered: AnsweredRequest | undefined) => void;
}

/** A Rollout that is driven. */
interface Driven {
  state: RolloutState;
  document: Rollout;
  /** Under which the state was stored, or read. */
  storedUnder: Rollout;
  plan: RolloutPlan;
  analysis: PlannedAnalysis | undefined;
  verdict: (VerdictFact & { readonly atMs: number; readonly found: Verdict }) | undefined;
  readonly asked: Asked[];
  isBusy: boolean;
  /** When it was last stored for nobody but people. */
  readonly told: TellingPace;
  /** Until when it is left alone. */
  restUntilMs: number;
  /** Why it does not go on, as it was told last; '' = it does. */
  noted: string;
}

/**
 * Drives Rollouts: looks at what is known, lets the state machine decide, stores what it decides, and only then has it take effect. One at a
 * time may drive what is in a store.
 */
export class RolloutDriver {
  private readonly driven = new Map<string, Driven>();
  private readonly gates: GateDesk;
  private readonly queries: QueryDesk;
  private readonly notifier: Notifier;
  private readonly ports: RolloutPorts;
  private readonly observations: SplitObservations;
  private stored: ReadonlyMap<string, RolloutState> = new Map<string, RolloutState>();
  private timer: Timer | undefined;
  /** Monotonic time. */
  private startedMs = 0;

  constructor(ports: RolloutPorts, observations: SplitObservations) {
    this.ports = ports;
    this.observations = observations;
    const webPorts = { ...ports, onNote: ports.onWebNote ?? ports.onNote };
    this.gates = new GateDesk(webPorts);
    this.queries = new QueryDesk(webPorts);
    this.notifier = new Notifier(webPorts);
  }

  /** Reads what was stored; what is in force can be had from then on. Rejects where that cannot be read. */
  async open(): Promise<void> {
    this.stored = await this.ports.store.load();
  }

  /** Something was under way, or is known of, from before. */
  get isResuming(): boolean {
    return this.stored.size > 0;
  }

  start(): void {
    if (this.timer === undefined) this.startedMs = this.ports.clock.nowMs();
    this.timer ??= this.ports.clock.every(LOOK_MS, () => this.look());
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const key of this.driven.keys()) this.letGo(key);
  }

  /** What divides the calls of a Service by its Rollout, `namespace/name`; undefined = nothing does yet. */
  inForce(key: string, service: string): SplitInForce | undefined {
    const driven = this.driven.get(key);
    return driven !== undefined && driven.document.spec.targetRef.name !== service ? undefined : this.stateOf(key)?.split;
  }

  stateOf(key: string): RolloutState | undefined {
    return this.driven.get(key)?.state ?? this.stored.get(key);
  }

  private stepOf(key: string): string {
    return this.stateOf(key)?.step?.id ?? '';
  }

  /** What the analysis found last in the present step. */
  verdictOf(key: string): Verdict | undefined {
    return this.driven.get(key)?.verdict?.found;
  }

  /** What is to become of a Rollout; resolves when that is decided and stored. Undefined = there is no such Rollout, or not any more. */
  request(key: string, request: RolloutRequest): Promise<AnsweredRequest | undefined> {
    const offer = this.ports.offers().get(key);
    if (offer === undefined) return Promise.resolve(undefined);
    return new Promise(resolve => {
      this.drivenOf(key, offer).asked.push({ request, answer: resolve });
      void this.drive(key, offer);
    });
  }

  /** Looks at everything now, and not only when it is time. */
  look(): void {
    const offers = this.ports.offers();
    for (const [key, offer] of offers) void this.drive(key, offer);
    for (const key of new Set([...this.driven.keys(), ...this.stored.keys()])) {
      if (offers.has(key)) continue;
      if (this.ports.isWaiting?.(key) === true) this.leave(key);
      else void this.forget(key);
    }
  }

  /** What is known of it stays, and nothing goes on. */
  private leave(key: string): void {
    for (const { answer } of this.driven.get(key)?.asked.splice(0) ?? []) answer(undefined);
    this.observations.forgetRollout(key);
    this.gates.forget(key);
  }

  private async drive(key: string, offer: RolloutOffer): Promise<void> {
    let driven: Driven | undefined;
    try {
      driven = this.drivenOf(key, offer);
      if (driven.isBusy || this.ports.clock.nowMs() < driven.restUntilMs) return;
      driven.isBusy = true;
      try {
        while (this.isDriven(key, driven) && (await this.turn(key, driven, offer)));
        driven.noted = '';
      } finally {
        driven.isBusy = false;
      }
    } catch (reason) {
      this.failed(key, driven, reason);
    }
  }

  /** Who does not drive it any more has nothing to tell. */
  private failed(key: string, driven: Driven | undefined, reason: unknown): void {
    if (driven !== undefined && !this.isDriven(key, driven)) return;
    const text = `Rollout ${key} does not go on: its state cannot be stored: ${reasonWords(reason)}`;
    if (driven?.noted !== text) this.ports.onNote(text);
    if (driven === undefined) return;
    driven.noted = text;
    driven.restUntilMs = this.ports.clock.nowMs() + STORE_AGAIN_MS;
  }

  /** Whether anything has become another. */
  private async turn(key: string, driven: Driven, offer: RolloutOffer): Promise<boolean> {
    const { state: before, document } = driven;
    const { state, news } = advance(before, this.factsOf(key, driven, offer));
    const isNew = JSON.stringify(state) !== JSON.stringify(before);
    // Under its name there may be a Rollout that was made anew, of which nothing is stored: the store knows.
    const isStored = driven.storedUnder === document;
    if (!isNew && isStored) return false;
    const isForPeople = decided(state) === decided(before);
    if (isForPeople && isStored && driven.told.isResting(this.ports.clock.nowMs())) return false;
    await this.ports.store.save(key, state);
    driven.told.note(this.ports.clock.nowMs(), isForPeople);
    // Meanwhile it was taken out, or somebody else drives it.
    if (!this.isDriven(key, driven)) return false;
    driven.storedUnder = document;
    if (!isNew) return false;
    driven.state = state;
    this.answer(driven);
    for (const one of news) {
      this.ports.onNews(key, one);
      this.notifier.tell(key, driven.document, one);
    }
    if (JSON.stringify(state.split) !== JSON.stringify(before.split)) this.ports.onInForce();
    return true;
  }

  private isDriven(key: string, driven: Driven): boolean {
    return this.driven.get(key) === driven;
  }

  private answer({ asked, state: { lastRequest } }: Driven): void {
    const index = asked.findIndex(({ request }) => request.id === lastRequest?.id);
    if (index === -1 || lastRequest === undefined) return;
    const [found] = asked.splice(index, 1);
    found?.answer(lastRequest);
  }

  /**
   * Somebody else has written a state: what was decided of another one does not go on, and what is decided from now on follows from this one.
   * Who has asked for something is answered by that. Undefined = nothing is known of it any more.
   */
  adopt(key: string, state: RolloutState | undefined): void {
    const asked = this.driven.get(key)?.asked.splice(0) ?? [];
    const offer = this.ports.offers().get(key);
    this.letGo(key);
    this.observations.forgetRollout(key);
    this.gates.forget(key);
    const others = [...this.stored].filter(([name]) => name !== key);
    this.stored = new Map(state === undefined ? others : [...others, [key, state]]);
    if (offer === undefined) {
      for (const { answer } of asked) answer(undefined);
      return;
    }
    const driven = this.drivenOf(key, offer);
    driven.asked.push(...asked);
    // Two who take themselves for the leader do not write over each other without end.
    driven.restUntilMs = this.ports.clock.nowMs() + STORE_AGAIN_MS;
  }

  /** Who has asked for something is not left waiting. */
  private letGo(key: string): void {
    const asked = this.driven.get(key)?.asked ?? [];
    this.driven.delete(key);
    this.queries.forget(key);
    for (const { answer } of asked) answer(undefined);
  }

  private async forget(key: string): Promise<void> {
    this.letGo(key);
    this.observations.forgetRollout(key);
    this.gates.forget(key);
    if (!this.stored.has(key)) return;
    this.stored = new Map([...this.stored].filter(([name]) => name !== key));
    await this.ports.store.save(key, undefined).catch(() => undefined);
  }

  private drivenOf(key: string, { document }: RolloutOffer): Driven {
    const known = this.knownOf(key, document);
    if (known?.document === document) return known;
    const plan = planOf(document.spec);
    const valueOf: QueryValue = (url, query) => this.queries.valueOf({ rollout: key, step: this.stepOf(key) }, url, query);
    const analysis = analysisOf(document.spec, { steps: plan.steps.length, valueOf });
    if (known !== undefined) {
      if (isOnlyWhatWasStored(known, document)) known.storedUnder = document;
      return Object.assign(known, { document, plan, analysis });
    }
    const state = this.stored.get(key) ?? initialState();
    const made: Driven = {
      ...{ state, document, storedUnder: document, plan, analysis, verdict: undefined },
      ...{ asked: [], isBusy: false, told: new TellingPace(), restUntilMs: 0, noted: '' },
    };
    this.driven.set(key, made);
    this.stored = new Map([...this.stored, [key, state]]);
    return made;
  }

  /** One that is about another Service is another Rollout: the revisions that its state names do not serve that one. */
  private knownOf(key: string, { spec }: Rollout): Driven | undefined {
    const known = this.driven.get(key);
    if (known === undefined || known.document.spec.targetRef.name === spec.targetRef.name) return known;
    this.letGo(key);
    this.observations.forgetRollout(key);
    this.gates.forget(key);
    this.stored = new Map([...this.stored].filter(([name]) => name !== key));
    return undefined;
  }

  private factsOf(key: string, driven: Driven, offer: RolloutOffer): RolloutFacts {
    const { state, plan, document, asked } = driven;
    const { split } = state;
    const { offered, firstStable, revisions, isDeploymentFinished, offerNote, waysBack } = offer;
    const arrival = split && this.ports.arrivalOf(key, split.step);
    return {
      ...{ nowMs: this.ports.clock.wallMs(), plan, offered, firstStable, revisions, isDeploymentFinished, offerNote, waysBack },
      arrival,
      inFlight: split && this.inFlight(key, state, arrival?.acked ?? 0),
      verdict: this.verdictNow(key, driven),
      blown: split && this.observations.blown(key, split.step),
      gates: this.gates.answersTo(key, { document, state }),
      request: asked[0]?.request,
    };
  }

  private inFlight(key: string, { phase, split }: RolloutState, acked: number): InFlightFact {
    // Those that have it now are named only where it matters.
    const isAsked = phase === 'Draining' && this.ports.clock.nowMs() - this.startedMs >= HEARD_MS;
    const named = isAsked ? this.ports.having?.(key) : undefined;
    const found = this.observations.inFlight(key, split?.step ?? '', { acked, named });
    return (this.ports.isWhole?.() ?? true) ? found : { ...found, isKnown: false };
  }

  private verdictNow(key: string, driven: Driven): VerdictFact | undefined {
    const { state, analysis, verdict } = driven;
    const { split, step } = state;
    if (split === undefined || step?.arrivedAtMs === undefined) return undefined;
    this.observations.watch(key, { step: step.id, splitStep: split.step, stable: split.stable, candidate: split.candidate });
    const nowMs = this.ports.clock.nowMs();
    if (analysis === undefined) return undefined;
    if (verdict?.step === step.id && nowMs - verdict.atMs < ASSESS_MS) return verdict;
    const tallies = this.observations.tallies(key);
    if (tallies === undefined) return undefined;
    const found = assess({ ...analysis, ...tallies });
    driven.verdict = { ...verdictFact(step.id, found), atMs: nowMs, found };
    return driven.verdict;
  }
}

/** All but what the next look makes anew, and what is there for people. */
function decided(state: RolloutState): string {
  const nothing = undefined;
  return JSON.stringify({
    ...state,
    message: nothing,
    waitingFor: nothing,
    proxies: nothing,
    progress: nothing,
    conditions: nothing,
  });
}

/** Whether a document has become another one as what is in force of it was stored. */
function isOnlyWhatWasStored({ document, storedUnder, state }: Driven, next: Rollout): boolean {
  const [before, now, stored] = [document.status?.split, next.status?.split, state.split].map(split => JSON.stringify(split));
  return storedUnder === document && before !== now && now === stored;
}
