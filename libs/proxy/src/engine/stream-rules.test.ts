// SPDX-License-Identifier: Apache-2.0
import type { StreamRule } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { BackendReference } from './backend-reference.ts';
import { StreamRules } from './stream-rules.ts';
import type { StreamRulesEdit } from './stream-rules.ts';

const CALLER = { address: '192.0.2.1', peerIdentity: undefined };

function createRules(): StreamRules {
  return new StreamRules({
    backendReference: name => new BackendReference(name),
    accessChain: name => ({ name, current: undefined }),
  });
}

function ruleOf(name: string, parts: Partial<StreamRule> = {}): StreamRule {
  return {
    kind: 'streamRule',
    name: `stream-rule/TCPRoute/ns/${name}/0`,
    routeKind: 'TCPRoute',
    route: `ns/${name}`,
    rule: '0',
    createdMs: 0,
    index: 0,
    attachments: [{ listener: 'one', hostnames: ['*'], access: undefined, traffic: undefined }],
    backends: [{ backend: `backend/ns/${name}/1`, label: `ns/${name}:1`, weight: 1, access: undefined }],
    ...parts,
  };
}

function put(rules: StreamRules, ...added: readonly StreamRule[]): void {
  const edit: StreamRulesEdit = new Map();
  for (const rule of added) rules.prepare(rule, edit);
  rules.commit(edit);
}

function winner(rules: StreamRules, listener: string): string | undefined {
  return rules.table(listener)?.find('')?.target.rule.route;
}

describe('StreamRules', () => {
  it('serves nothing of an edit before its commit', () => {
    const rules = createRules();
    rules.prepare(ruleOf('a'), new Map());
    expect(winner(rules, 'one')).toBeUndefined();
  });

  it('moves a rule from one listener to another', () => {
    const rules = createRules();
    put(rules, ruleOf('a'), ruleOf('b'));
    put(rules, ruleOf('a', { attachments: [{ listener: 'two', hostnames: ['*'], access: undefined, traffic: undefined }] }));
    expect([winner(rules, 'one'), winner(rules, 'two')]).toEqual(['ns/b', 'ns/a']);
  });

  it('forgets a rule that is removed, and does not mind names that it never knew', () => {
    const rules = createRules();
    put(rules, ruleOf('a'));
    const edit: StreamRulesEdit = new Map();
    rules.prepareRemoval('stream-rule/TCPRoute/ns/a/0', edit);
    rules.prepareRemoval('rule/ns/other/0', edit);
    rules.commit(edit);
    expect(rules.table('one')).toBeUndefined();
  });

  it('gives each backend its share of the connections, a broken one too', () => {
    const rules = createRules();
    const backends = [
      { backend: 'backend/ns/a/1', label: 'a', weight: 3, access: undefined },
      { backend: undefined, label: 'broken', weight: 1, access: undefined },
      { backend: 'backend/ns/c/1', label: 'never', weight: 0, access: undefined },
    ];
    put(rules, ruleOf('a', { backends }));
    const picks = Array.from({ length: 8 }, () => rules.table('one')?.find('')?.target.pick('one', CALLER));
    expect(picks.filter(pick => pick?.label === 'a')).toHaveLength(6);
    expect(picks.filter(pick => pick?.label === 'broken' && pick.reference === undefined)).toHaveLength(2);
  });

  it.each([[[]], [[{ backend: 'backend/ns/a/1', label: 'a', weight: 0, access: undefined }]]])(
    'has no target where no backend has a weight',
    backends => {
      const rules = createRules();
      put(rules, ruleOf('a', { backends }));
      expect(rules.table('one')?.find('')?.target.pick('one', CALLER)).toEqual({ label: '', route: '', reference: undefined });
    },
  );
});
