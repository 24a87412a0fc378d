// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { ClusterReader } from '../api/cluster-api.ts';
import { collectionPath } from '../api/cluster-api.ts';
import { ScriptedCluster } from '../watch/scripted-cluster.ts';
import { DeploymentBook } from './deployment-book.ts';
import { writtenDeployment, writtenReplicaSet } from './written-deployments.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments';
const REPLICA_SETS = '/apis/apps/v1/namespaces/shop/replicasets';

/** An API server by paths, and a book of it. */
function open() {
  const clusters = new Map<string, ScriptedCluster>();
  const at = (path: string): ScriptedCluster => {
    const found = clusters.get(path) ?? new ScriptedCluster(500);
    clusters.set(path, found);
    return found;
  };
  const reader: ClusterReader = {
    list: (resource, page) => at(collectionPath(resource)).list(resource, page),
    watch: (resource, request) => at(collectionPath(resource)).watch(resource, request),
  };
  const clock = createManualClock();
  const notes: string[] = [];
  const book = new DeploymentBook({ reader, clock, random: createScriptedRandom(), onNote: text => notes.push(text) });
  const rest = async (): Promise<void> => {
    for (let turn = 0; turn < 60; turn++) await Promise.resolve();
  };
  return { at, book, clock, notes, rest, paths: () => [...clusters.keys()].sort() };
}

describe('the book of Deployments', () => {
  it('knows those of namespaces that are followed once both kinds were read, and reads no others', async () => {
    const { at, book, paths, rest } = open();
    at(DEPLOYMENTS).putObject(writtenDeployment());
    at(REPLICA_SETS).failure = new Error('not there');
    book.follow(['shop']);
    await rest();
    expect(book.factsOf('shop', 'cart')).toBeUndefined();
    expect(paths()).toEqual([DEPLOYMENTS, REPLICA_SETS]);
  });

  it('follows what becomes of them', async () => {
    const { at, book, rest } = open();
    at(DEPLOYMENTS).putObject(writtenDeployment());
    at(REPLICA_SETS).putObject(writtenReplicaSet({ hash: 'aaa', revision: 1 }));
    book.follow(['shop']);
    await rest();
    expect(book.factsOf('shop', 'cart')).toMatchObject({ current: 'aaa' });
    expect(book.factsOf('shop', 'other')).toBe('missing');
    expect(book.factsOf('till', 'cart')).toBeUndefined();
    at(REPLICA_SETS).putObject(writtenReplicaSet({ hash: 'bbb', revision: 2 }));
    at(DEPLOYMENTS).putObject(writtenDeployment({ revision: 2 }));
    expect(book.factsOf('shop', 'cart')).toMatchObject({ current: 'bbb' });
    at(REPLICA_SETS).remove('cart-aaa');
    expect(Object.keys(factsIn(book).revisions)).toEqual(['bbb']);
    at(DEPLOYMENTS).remove('cart');
    expect(book.factsOf('shop', 'cart')).toBe('missing');
  });

  it('forgets namespaces that nobody asks for any more, and stops to follow them', async () => {
    const { at, book, rest } = open();
    at(DEPLOYMENTS).putObject(writtenDeployment());
    book.follow(['shop']);
    await rest();
    expect(at(DEPLOYMENTS).watchCount).toBe(1);
    book.follow(['shop']);
    await rest();
    expect(at(DEPLOYMENTS).listCount).toBe(1);
    book.follow([]);
    await rest();
    expect([at(DEPLOYMENTS).watchCount, book.factsOf('shop', 'cart')]).toEqual([0, undefined]);
  });

  it('keeps what it knows while the API server does not answer, and says so', async () => {
    const { at, book, clock, notes, rest } = open();
    at(DEPLOYMENTS).putObject(writtenDeployment());
    at(REPLICA_SETS).putObject(writtenReplicaSet({ hash: 'aaa', revision: 1 }));
    book.follow(['shop']);
    await rest();
    at(DEPLOYMENTS).failure = new Error('forbidden');
    at(DEPLOYMENTS).endWatches();
    await rest();
    clock.advance(60_000);
    await rest();
    expect(notes).toEqual(['deployments of namespace shop cannot be followed, and are tried again: forbidden']);
    expect(book.factsOf('shop', 'cart')).toMatchObject({ current: 'aaa' });
  });
});

function factsIn(book: DeploymentBook): Exclude<ReturnType<DeploymentBook['factsOf']>, 'missing' | undefined> {
  const facts = book.factsOf('shop', 'cart');
  if (facts === undefined || facts === 'missing') throw new Error('nothing is known of it');
  return facts;
}
