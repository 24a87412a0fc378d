// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, StreamRule } from '@weir/policy/snapshot';
import { entryFromStreamRule, StreamTable } from '@weir/routing';
import type { StreamEntry } from '@weir/routing';
import { createStreamRuleRuntime } from './stream-rule-runtime.ts';
import type { StreamRulePorts, StreamRuleRuntime } from './stream-rule-runtime.ts';

/** What an update has prepared of stream rules: the runtime of a rule that comes, undefined for one that goes. */
export type StreamRulesEdit = Map<ResourceName, StreamRuleRuntime | undefined>;

/** The stream rules of a worker, in a table for each listener. Connections that have found their rule keep it. */
export class StreamRules {
  private readonly rules = new Map<ResourceName, StreamRuleRuntime>();
  private readonly tables = new Map<string, StreamTable<StreamRuleRuntime>>();
  private readonly ports: StreamRulePorts;

  constructor(ports: StreamRulePorts) {
    this.ports = ports;
  }

  /** The stream rules of a listener, by its name. */
  table(listener: string): StreamTable<StreamRuleRuntime> | undefined {
    return this.tables.get(listener);
  }

  prepare(rule: StreamRule, edit: StreamRulesEdit): void {
    edit.set(rule.name, createStreamRuleRuntime(rule, this.ports));
  }

  prepareRemoval(name: ResourceName, edit: StreamRulesEdit): void {
    if (this.rules.has(name)) edit.set(name, undefined);
  }

  /** Synchronous: no connection sees half of it. */
  commit(edit: StreamRulesEdit): void {
    const touched = new Set<string>();
    for (const [name, runtime] of edit) {
      for (const listener of listenersOf(this.rules.get(name))) touched.add(listener);
      for (const listener of listenersOf(runtime)) touched.add(listener);
      if (runtime === undefined) this.rules.delete(name);
      else this.rules.set(name, runtime);
    }
    for (const listener of touched) this.replaceTable(listener, edit);
  }

  private replaceTable(listener: string, edit: StreamRulesEdit): void {
    const entries: StreamEntry<StreamRuleRuntime>[] = [];
    for (const entry of this.tables.get(listener)?.all() ?? []) if (!edit.has(entry.name)) entries.push(entry);
    for (const runtime of edit.values()) {
      const entry = runtime === undefined ? undefined : entryFromStreamRule(runtime.rule, listener, runtime);
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length === 0) this.tables.delete(listener);
    else this.tables.set(listener, new StreamTable(entries));
  }
}

function listenersOf(runtime: StreamRuleRuntime | undefined): readonly string[] {
  return runtime?.rule.attachments.map(({ listener }) => listener) ?? [];
}
