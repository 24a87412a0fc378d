// SPDX-License-Identifier: Apache-2.0
import { findFreePorts, waitFor } from '@weir/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { failuresOf } from './stage/both-sides.ts';
import { healthy } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';
import { ToldServer } from './stage/told-server.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage: RolloutStage;
let receiver: ToldServer;
let gate: ToldServer;
let notifications: readonly object[];

beforeAll(async () => {
  [receiver, gate] = [await ToldServer.start(), await ToldServer.start()];
  // One that is not there holds nobody up.
  const [nobody = 0] = await findFreePorts(1);
  notifications = [{ url: `http://127.0.0.1:${nobody}/` }, { url: receiver.url }];
  stage = await RolloutStage.open({ revisions: { v1: healthy('v1'), v2: healthy('v2') } });
});

beforeEach(() => {
  receiver.begin(200);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
});

describe('a Rollout with a gate and somebody who is told', () => {
  it('goes on where the gate agrees, and tells each turn as a CloudEvent', async () => {
    gate.begin(200);
    await begin('Promotion');
    await stage.rollout.comes('to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'v2');
    expect(gate.told).toEqual([{ contentType: 'application/json', json: expect.objectContaining({ before: 'Promotion' }) }]);
    expect(gate.told[0]!.json).toMatchObject({ rollout: 'default/catalogue', stable: 'v1', candidate: 'v2' });
    await isTold('Completed');
    expect(typesTold().join(' ')).toBe(
      'Started StepApplied StepRequested StepApplied Waiting StepRequested StepApplied Promoted StepApplied Completed',
    );
    expect(new Set(receiver.told.map(({ json }) => json['id'])).size).toBe(receiver.told.length);
    expect(receiver.told[0]).toMatchObject({
      contentType: 'application/cloudevents+json',
      json: { specversion: '1.0', subject: 'default/catalogue', data: { rollout: 'default/catalogue', candidate: 'v2' } },
    });
  });

  it('is asked again where the gate fails, and aborted where it refuses', async () => {
    gate.begin(503, 403);
    await begin('Start');
    await using load = stage.load();
    expect(await stage.rollout.isAborted()).toBe('Gate people has refused.');
    expect(gate.told.map(({ json }) => json['phase'])).toEqual(['Preparing', 'Preparing']);
    await isTold('RolledBack');
    expect(typesTold()).toEqual(['Started', 'StepApplied', 'Waiting', 'GateRefused', 'Aborted', 'RolledBack']);
    const seen = load.take();
    expect(failuresOf(seen)).toEqual([]);
    expect(seen.edge.answered).not.toHaveProperty('v2');
  });
});

function begin(before: string): Promise<void> {
  return stage.rollout.begin({
    strategy: { canary: { steps: [{ weight: 50 }] } },
    gates: [{ name: 'people', url: gate.url, before }],
    notifications,
  });
}

function typesTold(): readonly string[] {
  return receiver.told.map(({ json }) => String(json['type']).replace('dev.weir.rollout.', ''));
}

async function isTold(type: string): Promise<void> {
  await waitFor(() => typesTold().includes(type), { what: () => `${type} among ${typesTold().join(', ')}` });
}
