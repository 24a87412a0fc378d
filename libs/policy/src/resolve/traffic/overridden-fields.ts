// SPDX-License-Identifier: Apache-2.0
import { holds } from '../condition/finding.ts';
import type { PolicyFindings } from '../condition/findings.ts';
import type { MergedField } from '../policy/merge-fields.ts';
import type { ResolvedCalls } from './merge-traffic.ts';

/** Kubernetes takes 32,768 characters in a condition's message; nobody reads as many names. */
const MAX_NAMED = 8;

/** Which policies say something that holds nowhere they are attached, kept up chain by chain. */
export class OverriddenFields {
  /** By the policy's `namespace/name`: the keys of the chains that it is in. */
  private readonly chains = new Map<string, Set<string>>();
  private readonly findings = new Map<string, PolicyFindings['Overridden']>();
  private readonly calls: () => ReadonlyMap<string, ResolvedCalls>;

  constructor(calls: () => ReadonlyMap<string, ResolvedCalls>) {
    this.calls = calls;
  }

  /** Undefined: every field of the policy holds somewhere, or it is in force nowhere. */
  of(policy: string): PolicyFindings['Overridden'] {
    return this.findings.get(policy);
  }

  /** `keys`: of chains that have come, gone or become something else. Policies that it can matter to. */
  renew(keys: Iterable<string>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const key of keys) {
      for (const policy of policiesIn(key)) {
        this.note(policy, key);
        touched.add(policy);
      }
    }
    for (const policy of touched) this.findings.set(policy, this.findingOf(policy));
    return touched;
  }

  private note(policy: string, key: string): void {
    const keys = this.chains.get(policy) ?? new Set();
    if (this.calls().has(key)) keys.add(key);
    else keys.delete(key);
    if (keys.size === 0) this.chains.delete(policy);
    else this.chains.set(policy, keys);
  }

  private findingOf(policy: string): PolicyFindings['Overridden'] {
    const winners = new Map<string, Set<string>>();
    const held = new Set<string>();
    for (const key of this.chains.get(policy) ?? []) {
      for (const [path, field] of this.calls().get(key) ?? []) {
        if (winnerOf(field) === policy) held.add(path);
        else if (field.beaten.some(one => one.policy === policy)) {
          winners.set(path, (winners.get(path) ?? new Set()).add(winnerOf(field)));
        }
      }
    }
    const lost = [...winners].filter(([path]) => !held.has(path));
    return lost.length === 0 ? undefined : holds('Overridden', lost.map(lostText).join('; '));
  }
}

/** Keys are made of `SCOPE:NAMESPACE/NAME`. */
function policiesIn(key: string): readonly string[] {
  return key.split(',').map(link => link.slice(link.indexOf(':') + 1));
}

function winnerOf({ values: [winner] }: MergedField): string {
  return winner?.from.policy ?? '';
}

function lostText([path, winners]: readonly [string, ReadonlySet<string>]): string {
  const named = [...winners].sort().slice(0, MAX_NAMED).join(', ');
  const rest = winners.size > MAX_NAMED ? ` and ${winners.size - MAX_NAMED} more` : '';
  return `spec.${path} holds nowhere, before it goes TrafficPolicy ${named}${rest}`;
}
