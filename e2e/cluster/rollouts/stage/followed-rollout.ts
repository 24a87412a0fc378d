// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { waitFor } from '@weir/testing';
import { weir } from '../../stage/run-program.ts';
import type { ProgramEnd } from '../../stage/run-program.ts';
import type { TestNamespace } from '../../stage/test-namespace.ts';

/** The status of a Rollout, as far as tests look at it. */
export interface SeenStatus {
  readonly phase?: string;
  readonly waitingFor: string;
  readonly message: string;
  readonly stable?: string;
  readonly candidate?: string;
  readonly split?: { readonly candidateShare: number; readonly stable: string; readonly candidate?: string };
  readonly step?: { readonly index: number; readonly requestedAt: string; readonly arrivedAt?: string };
  readonly aborted?: { readonly reason: string; readonly by: string };
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[];
}

const TIMEOUT_MS = 60_000;

/** A Rollout of a namespace, followed by `kubectl get --watch`: what it says now, and all phases that it was in. */
export class FollowedRollout implements AsyncDisposable {
  readonly name: string;
  readonly phases: string[] = [];
  private readonly namespace: TestNamespace;
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;
  private latest: SeenStatus | undefined;

  /** It has to be there. */
  constructor(namespace: TestNamespace, name: string) {
    this.namespace = namespace;
    this.name = name;
    const words = ['get', `rollout.weir.dev/${name}`, '--watch', '--output', 'jsonpath={.status}{"\\n"}'];
    const child = spawn('kubectl', ['--namespace', namespace.name, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child = child;
    this.closed = once(child, 'close');
    createInterface({ input: child.stdout }).on('line', line => {
      if (line !== '') this.note(JSON.parse(line) as SeenStatus);
    });
  }

  /** Waits until the status is so. */
  comes(what: string, isSo: (status: SeenStatus) => boolean, timeoutMs = TIMEOUT_MS): Promise<SeenStatus> {
    const see = (): SeenStatus | undefined => (this.latest !== undefined && isSo(this.latest) ? this.latest : undefined);
    return waitFor(see, { what: () => `${what}; it is ${JSON.stringify(this.latest)}`, timeoutMs });
  }

  inPhase(wanted: string, timeoutMs?: number): Promise<SeenStatus> {
    return this.comes(wanted, ({ phase }) => phase === wanted, timeoutMs);
  }

  /** Waits until another revision than that one is stable, and no rollout is under way. */
  async isStableAfter(former: string): Promise<string> {
    const { stable = '' } = await this.comes(
      `another one than ${former} to be stable`,
      ({ phase, stable: now }) => phase === 'Stable' && now !== undefined && now !== former,
    );
    return stable;
  }

  /** Waits until a share, in percent, is with every proxy. */
  comesTo(percent: number): Promise<SeenStatus> {
    return this.comes(
      `a share of ${percent} % everywhere`,
      ({ split, step }) => split?.candidateShare === percent * 100 && step?.arrivedAt !== undefined,
    );
  }

  /** Waits for Aborted; gives why. A line says how long the way back took. */
  async isAborted(): Promise<string> {
    const { aborted, step } = await this.comes(
      'to be aborted',
      ({ phase, split }) => phase === 'Aborted' && split?.candidateShare === 0,
    );
    const tookMs = Date.parse(step?.arrivedAt ?? '') - Date.parse(step?.requestedAt ?? '');
    console.info(`${this.name}: every proxy had stable alone ${tookMs} ms after that was decided`);
    return aborted?.reason ?? '';
  }

  /** `weir rollout VERB`. */
  ask(verb: string, ...flags: readonly string[]): Promise<ProgramEnd> {
    return weir(['rollout', verb, `${this.namespace.name}/${this.name}`, '--cluster', ...flags]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill();
    await this.closed;
  }

  private note(status: SeenStatus): void {
    this.latest = status;
    if (status.phase !== undefined && status.phase !== this.phases.at(-1)) this.phases.push(status.phase);
  }
}
