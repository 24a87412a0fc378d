// SPDX-License-Identifier: Apache-2.0
import { problemWords } from '@weir/base';
import type { Problem } from '@weir/base';
import type { Document, DocumentSource } from '../document.ts';
import { readableServices } from '../kinds/backend-tls-policy.ts';
import { KINDS } from '../kinds/kinds.ts';
import type { AcceptedDocument, KindName } from '../kinds/kinds.ts';
import { readableTargets } from '../kinds/weir/policy-target.ts';
import { readableRolloutSpec, readableRolloutStatus } from '../kinds/weir/rollout/readable-rollout.ts';
import { documentFrom, isMapping } from './read-object.ts';

/** An object that cannot be read, and what is wrong with it. */
export interface UnreadObject {
  readonly value: unknown;
  readonly place: DocumentSource;
  readonly problems: readonly Problem[];
}

type Mapping = Readonly<Record<string, unknown>>;

interface StandInSpec {
  readonly spec: object;
  readonly status?: object | undefined;
  /** What else is to be known of it. */
  readonly remark?: string;
}

/** Of an object that cannot be read. */
interface UnreadParts {
  readonly spec: Mapping;
  readonly status: unknown;
  readonly namespace: string;
}

/** What is known of an object that cannot be read, and is to be kept as it is; undefined = nothing is. */
type MakeSpec = (parts: UnreadParts) => StandInSpec | undefined;

const GUARDS: ReadonlyMap<KindName, MakeSpec> = new Map<KindName, MakeSpec>([
  ['AccessPolicy', accessSpec],
  ['BackendTLSPolicy', tlsSpec],
  ['Rollout', rolloutSpec],
]);

/** A status and a log line have to hold it. */
const MAX_WORDS = 1_000;

/**
 * What is put in the place of a policy that cannot be read, so that nobody is let past it, and nothing goes out in plaintext: one at the same
 * targets, which refuses everything because it is `unread`. In the place of a Rollout: one that leaves what is in force as it is, and goes
 * on nowhere. Undefined for all other kinds: nothing is open because they are not there.
 */
export function standInFor({ value, place, problems }: UnreadObject): Document | undefined {
  if (!isMapping(value)) return undefined;
  const { apiVersion } = value;
  const kind = KINDS.get(`${String(apiVersion)}/${String(value['kind'])}`);
  const makeSpec = kind && GUARDS.get(kind.kind);
  const metadata = readableMetadata(value['metadata']);
  if (kind === undefined || makeSpec === undefined || metadata === undefined || typeof apiVersion !== 'string') return undefined;
  const { spec, status } = value;
  const made = makeSpec({ spec: isMapping(spec) ? spec : {}, status, namespace: metadata.namespace });
  if (made === undefined) return undefined;
  const unread = `${wordsOf(problems)}${made.remark ?? ''}`;
  return documentFrom(kind, { metadata, spec: made.spec, status: made.status }, { place, apiVersion, unread });
}

function readableMetadata(metadata: unknown): (AcceptedDocument['metadata'] & { readonly namespace: string }) | undefined {
  if (!isMapping(metadata)) return undefined;
  const { name, namespace = 'default', generation, creationTimestamp } = metadata;
  if (typeof name !== 'string' || typeof namespace !== 'string') return undefined;
  return {
    ...{ name, namespace },
    ...(typeof generation === 'number' ? { generation } : {}),
    ...(typeof creationTimestamp === 'string' ? { creationTimestamp } : {}),
  };
}

/** What refuses nothing goes on to do so. Where mutual TLS was asked for in whatever way, nothing is said in plaintext. */
function accessSpec({ spec: { targetRefs, mode, mutualTls }, namespace }: UnreadParts): StandInSpec {
  const { targets, isWhole } = readableTargets(targetRefs, namespace);
  const spec = {
    targetRefs: targets,
    mode: mode === 'Shadow' ? mode : 'Enforce',
    ...(mutualTls === undefined ? {} : { mutualTls: { mode: 'Strict' } }),
  };
  return isWhole
    ? { spec }
    : { spec, remark: `; its targets cannot be read either: it stands for all of Namespace ${namespace}` };
}

/** Without authorities no session comes about. */
function tlsSpec({ spec: { targetRefs } }: UnreadParts): StandInSpec | undefined {
  const targets = readableServices(targetRefs);
  if (targets.length === 0) return undefined;
  return { spec: { targetRefs: targets, validation: { hostname: 'unread.invalid' } } };
}

/** Between what and what, and how it stands; not how it would go on. */
function rolloutSpec({ spec, status }: UnreadParts): StandInSpec | undefined {
  const read = readableRolloutSpec(spec);
  return read && { spec: read, status: readableRolloutStatus(status) };
}

function wordsOf(problems: readonly Problem[]): string {
  const text = `it cannot be read: ${problems.map(problemWords).join('; ')}`;
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}
