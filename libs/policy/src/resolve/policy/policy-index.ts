// SPDX-License-Identifier: Apache-2.0
import type { Document, KindName } from '../../documents/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { InventoryChange } from '../inventory/inventory.ts';
import { topicOf } from '../inventory/topic.ts';
import { speaksOfBackends } from '../traffic/backend-fields.ts';

/** Kinds of Weir's own policies, which are merged along the scopes of a request. */
export const POLICY_KINDS = ['AccessPolicy', 'TrafficPolicy'] as const satisfies readonly KindName[];
export type PolicyKindName = (typeof POLICY_KINDS)[number];
export type PolicyDocument = DocumentOf<PolicyKindName>;

/** Something that policies are attached to: an object, or a section of one. */
export interface PolicyScope {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Listener or rule; undefined = the object as a whole. */
  readonly sectionName: string | undefined;
}

const NONE: readonly string[] = [];

/**
 * Which policies are attached to what. It knows nothing of what they say, but for which say something of backends: whoever asks is
 * asked again when policies come or go at the object, and not when one of them says something else.
 */
export class PolicyIndex {
  /** By kind of policy and object, then by section ('' = whole): `namespace/name` of the policies, sorted. */
  private readonly attached = new Map<string, Map<string, readonly string[]>>();
  private readonly scopesByPolicy = new Map<string, readonly PolicyScope[]>();

  /** Topics of the objects whose policies are others than before. */
  apply({ upserted, removed }: InventoryChange): ReadonlySet<string> {
    const topics = new Set<string>();
    for (const document of removed) if (isPolicy(document)) this.replace(document, NO_SCOPES, topics);
    for (const document of upserted) if (isPolicy(document)) this.replace(document, indexedScopesOf(document), topics);
    return topics;
  }

  at(kind: PolicyKindName, scope: PolicyScope): readonly string[] {
    return this.attached.get(`${kind} ${objectKeyOf(scope)}`)?.get(scope.sectionName ?? '') ?? NONE;
  }

  private replace(document: PolicyDocument, scopes: readonly PolicyScope[], topics: Set<string>): void {
    const { kind, namespace, name } = document;
    const key = `${kind}/${namespace}/${name}`;
    const [before, after] = [this.scopesByPolicy.get(key) ?? NO_SCOPES, scopes];
    const isSame =
      before.length === after.length && before.every((scope, index) => scopeKeyOf(scope) === scopeKeyOf(after[index]!));
    if (isSame) return;
    for (const scope of before) this.edit(kind, scope, names => names.filter(one => one !== `${namespace}/${name}`));
    for (const scope of after) this.edit(kind, scope, names => [...new Set([...names, `${namespace}/${name}`])].sort());
    for (const scope of [...before, ...after]) topics.add(topicOf.policies(objectKeyOf(scope)));
    if (after.length === 0) this.scopesByPolicy.delete(key);
    else this.scopesByPolicy.set(key, after);
  }

  private edit(kind: string, scope: PolicyScope, change: (names: readonly string[]) => readonly string[]): void {
    const key = `${kind} ${objectKeyOf(scope)}`;
    const sections = this.attached.get(key) ?? new Map<string, readonly string[]>();
    const section = scope.sectionName ?? '';
    const names = change(sections.get(section) ?? NONE);
    if (names.length === 0) sections.delete(section);
    else sections.set(section, names);
    if (sections.size === 0) this.attached.delete(key);
    else this.attached.set(key, sections);
  }
}

const NO_SCOPES: readonly PolicyScope[] = [];

function isPolicy(document: Document): document is PolicyDocument {
  return POLICY_KINDS.some(kind => kind === document.kind);
}

/** What a policy names, whether or not it exists. */
export function scopesOf({ namespace, spec }: PolicyDocument): readonly PolicyScope[] {
  return spec.targetRefs.map(({ kind, name, sectionName }) => ({ kind, namespace, name, sectionName }));
}

/**
 * Where policies are that say how a Gateway calls backends: apart, as few do, and each makes backends of its own. No listener has this
 * name.
 */
export function callerScope(namespace: string, gateway: string): PolicyScope {
  return { kind: 'Gateway', namespace, name: gateway, sectionName: '(calls)' };
}

function indexedScopesOf(document: PolicyDocument): readonly PolicyScope[] {
  const scopes = scopesOf(document);
  if (document.kind !== 'TrafficPolicy' || !speaksOfBackends(document)) return scopes;
  const callers = scopes.filter(({ kind }) => kind === 'Gateway').map(({ namespace, name }) => callerScope(namespace, name));
  return [...scopes, ...callers];
}

/** `Kind/namespace/name`; of a Namespace `Namespace/name/name`, as it is named from within itself. */
export function objectKeyOf({ kind, namespace, name }: PolicyScope): string {
  return `${kind}/${namespace}/${name}`;
}

function scopeKeyOf(scope: PolicyScope): string {
  return `${objectKeyOf(scope)}/${scope.sectionName ?? ''}`;
}
