// SPDX-License-Identifier: Apache-2.0
import type { Resource, ResourceName } from '@weir/policy/snapshot';
import { isResourceKind } from '../contract/contract-revisions.ts';

/**
 * What a proxy can subscribe to:
 * - `name:NAME`: the resource, all that it refers to, every rule attached to a listener that a resource of these stands for, and what
 *   those refer to; whole, so also the policies of a rule's other listeners;
 * - `all:KIND`: the same of every resource of a kind;
 * - `index:KIND`: every resource of a kind, each alone; asked for in the Hello and as long as the stream lives;
 * - `address:IP`: the workloads at an address, alone.
 */
export type Root = `address:${string}` | `all:${string}` | `index:${string}` | `name:${string}`;

type Kind = Resource['kind'];

export interface ParsedRoot {
  readonly by: 'address' | 'all' | 'index' | 'name';
  readonly value: string;
}

export function nameRoot(name: ResourceName): Root {
  return `name:${name}`;
}

export function allRoot(kind: Kind): Root {
  return `all:${kind}`;
}

export function indexRoot(kind: Kind): Root {
  return `index:${kind}`;
}

export function addressRoot(address: string): Root {
  return `address:${address}`;
}

/** What a root asks for; undefined where it is none. */
export function parseRoot(text: string): ParsedRoot | undefined {
  const [, by, value] = /^(address|all|index|name):(.+)$/.exec(text) ?? [];
  if (value === undefined) return undefined;
  if ((by === 'all' || by === 'index') && !isResourceKind(value)) return undefined;
  return { by: by as ParsedRoot['by'], value };
}

export function isRoot(text: string): text is Root {
  return parseRoot(text) !== undefined;
}
