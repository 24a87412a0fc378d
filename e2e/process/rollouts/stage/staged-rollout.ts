// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { documentFile, waitFor } from '@weir/testing';
import type { TestDocument } from '@weir/testing';
import type { ControlPlaneStage } from '../../stage/control-plane-stage.ts';
import type { Fields } from '../../stage/documents.ts';

export const NAMESPACE = 'default';

/** The state of a Rollout, as far as tests look at it. */
export interface SeenState {
  readonly phase: string;
  readonly message: string;
  readonly waitingFor: string;
  readonly stable?: string;
  readonly candidate?: string;
  readonly split?: { readonly candidateShare: number; readonly step: string; readonly matches?: readonly unknown[] };
  readonly step?: { readonly index: number; readonly words: string; readonly arrivedAtMs?: number };
  readonly proxies?: { readonly acked: number; readonly of: number };
  readonly aborted?: { readonly reason: string; readonly by: string };
}

/** Names of the Services of both revisions. */
export interface RevisionServices {
  readonly stable: string;
  readonly candidate: string;
}

/** A Rollout of a stage, which is called as its Service is. */
export class StagedRollout {
  private readonly stage: ControlPlaneStage;
  private readonly name: string;
  private readonly services: RevisionServices;

  constructor(stage: ControlPlaneStage, name: string, services: RevisionServices) {
    this.stage = stage;
    this.name = name;
    this.services = services;
  }

  /** Another revision than the second one. */
  with(candidate: string): StagedRollout {
    return new StagedRollout(this.stage, this.name, { ...this.services, candidate });
  }

  /** Writes the Rollout; `spec` over what all have. */
  async write(spec: Fields): Promise<void> {
    const common = { targetRef: { name: this.name }, revisions: { services: this.services }, rollbackWindow: '1s' };
    await this.stage.write(this.document({ ...common, ...spec }));
  }

  /** As `write`, with nothing left of one before. */
  async begin(spec: Fields): Promise<void> {
    if (await this.isThere()) await this.remove();
    await this.write(spec);
  }

  /** Takes the document out; resolves when the control plane knows nothing of the Rollout any more. */
  async remove(): Promise<void> {
    await this.stage.directory.remove(`config/${documentFile(this.document({}))}`);
    await waitFor(async () => !(await this.isStored()), { what: `the state of Rollout ${this.name} to be gone` });
  }

  async state(): Promise<SeenState | undefined> {
    const { json } = await this.stage.askApi(this.path);
    return (json as { readonly state?: SeenState }).state;
  }

  /** Asks for something; the answer's status and words. */
  ask(verb: string, body: Fields = {}): Promise<{ readonly status: number; readonly json: unknown }> {
    return this.stage.askApi(`${this.path}/${verb}`, body);
  }

  /** Waits until the state is so. */
  async comes(what: string, isSo: (state: SeenState) => boolean, timeoutMs = 30_000): Promise<SeenState> {
    let last: SeenState | undefined;
    const see = async (): Promise<SeenState | undefined> => {
      last = await this.state().catch(() => undefined);
      return last !== undefined && isSo(last) ? last : undefined;
    };
    return waitFor(see, { what: () => `${what}; it is ${JSON.stringify(last)}`, timeoutMs });
  }

  /** Waits until a share, in percent, is with every proxy. */
  comesTo(percent: number): Promise<SeenState> {
    return this.comes(
      `a share of ${percent} % everywhere`,
      ({ split, step }) => split?.candidateShare === percent * 100 && step?.arrivedAtMs !== undefined,
    );
  }

  /** Waits for Aborted; gives why. */
  async isAborted(timeoutMs?: number): Promise<string> {
    const isSo = ({ phase, split }: SeenState): boolean => phase === 'Aborted' && split?.candidateShare === 0;
    const { aborted } = await this.comes('to be aborted', isSo, timeoutMs);
    return aborted?.reason ?? '';
  }

  private get path(): string {
    return `/rollouts/${NAMESPACE}/${this.name}`;
  }

  private async isThere(): Promise<boolean> {
    return (await this.stage.askApi(this.path)).status === 200;
  }

  private async isStored(): Promise<boolean> {
    const text = await readFile(join(this.stage.directory.path, 'state', 'rollouts.json'), 'utf8');
    return text.includes(`"${NAMESPACE}/${this.name}":`);
  }

  private document(spec: Fields): TestDocument {
    return { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: this.name, namespace: NAMESPACE }, spec };
  }
}
