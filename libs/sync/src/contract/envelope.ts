// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import { reasonWords } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import { canonicalJson } from './canonical-json.ts';
import { CONTRACT_REVISIONS, isResourceKind } from './contract-revisions.ts';
import type { SentResource } from './contract-revisions.ts';
import { SHAPES } from './generated/shapes.ts';
import { compileShapeCheck } from './shape-check.ts';
import type { ShapeCheck } from './shape-check.ts';

/** Hash of what a resource says; equal on all replicas of a control plane. */
export type ResourceVersion = string & { readonly __brand?: 'ResourceVersion' };

/** A resource as it is sent and kept. */
export interface Envelope {
  readonly name: ResourceName;
  readonly kind: string;
  /** Revision of the kind's contract that `body` is written in. */
  readonly contract: number;
  readonly version: ResourceVersion;
  /** Canonical JSON. */
  readonly body: Uint8Array;
}

/** A resource that could be read, or why it could not. */
export type Opened =
  { readonly isReadable: true; readonly resource: SentResource } | { readonly isReadable: false; readonly problem: string };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
/** 128 bits: versions are never chosen by an adversary, who could not send one without the control plane's key. */
const VERSION_LENGTH = 22;

const sealed = new WeakMap<SentResource, Envelope>();

/** Once for each resource: what does not change from one snapshot to the next keeps its identity. */
export function sealResource(resource: SentResource): Envelope {
  const known = sealed.get(resource) ?? seal(resource);
  sealed.set(resource, known);
  return known;
}

function seal(resource: SentResource): Envelope {
  const { name, kind } = resource;
  const contract = CONTRACT_REVISIONS[kind].revision;
  const text = canonicalJson(resource);
  const version = hash('sha256', `${kind}/${contract}\n${text}`, 'base64url').slice(0, VERSION_LENGTH);
  return { name, kind, contract, version, body: encoder.encode(text) };
}

/** Reads a resource; what this proxy does not understand in full is refused, as it may be what closes something. */
export function openEnvelope(envelope: Envelope): Opened {
  const { kind, contract, name, body } = envelope;
  if (!isResourceKind(kind)) return refuse(`kind '${kind}' is not known to this version of the proxy`);
  const { revision } = CONTRACT_REVISIONS[kind];
  if (contract > revision) return refuse(`${kind} has contract ${contract}, this version of the proxy knows ${revision}`);
  try {
    const value = upgraded(JSON.parse(decoder.decode(body)), envelope, kind);
    const problem = checkOf(kind)(value) ?? nameProblem(value, name);
    return problem === undefined ? { isReadable: true, resource: value as SentResource } : refuse(problem);
  } catch (reason) {
    return refuse(reasonWords(reason));
  }
}

function refuse(problem: string): Opened {
  return { isReadable: false, problem };
}

function upgraded(body: unknown, { contract }: Envelope, kind: keyof typeof CONTRACT_REVISIONS): unknown {
  const { revision, upgrades } = CONTRACT_REVISIONS[kind];
  let value = body;
  for (let from = contract; from < revision; from++) {
    const upgrade = upgrades[from];
    if (upgrade === undefined) {
      throw new Error(`${kind} has contract ${contract}, which this version of the proxy no longer reads`);
    }
    value = upgrade(value);
  }
  return value;
}

function nameProblem(value: unknown, name: ResourceName): string | undefined {
  return (value as SentResource).name === name ? undefined : 'its name is not the one that it was sent under';
}

const checks = new Map<string, ShapeCheck>();

/** Compiled when the first resource of the kind comes: most proxies see few kinds. */
function checkOf(kind: string): ShapeCheck {
  const known = checks.get(kind);
  if (known !== undefined) return known;
  const check = compileShapeCheck(SHAPES, `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)}`);
  checks.set(kind, check);
  return check;
}
