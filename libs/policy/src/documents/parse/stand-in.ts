// SPDX-License-Identifier: Apache-2.0
import { problemWords } from '@weir/base';
import type { Problem } from '@weir/base';
import type { Document, DocumentSource } from '../document.ts';
import { readableServices } from '../kinds/backend-tls-policy.ts';
import { KINDS } from '../kinds/kinds.ts';
import type { AcceptedDocument, KindName } from '../kinds/kinds.ts';
import { readableTargets } from '../kinds/weir/policy-target.ts';
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
  /** What else is to be known of it. */
  readonly remark?: string;
}

/** What is known of a spec that cannot be read, and is to be kept closed; undefined = nothing is. */
type MakeSpec = (spec: Mapping, namespace: string) => StandInSpec | undefined;

const GUARDS: ReadonlyMap<KindName, MakeSpec> = new Map<KindName, MakeSpec>([
  ['AccessPolicy', accessSpec],
  ['BackendTLSPolicy', tlsSpec],
]);

/** A status and a log line have to hold it. */
const MAX_WORDS = 1_000;

/**
 * What is put in the place of a policy that cannot be read, so that nobody is let past it, and nothing goes out in plaintext: one at the same
 * targets, which refuses everything because it is `unread`. Undefined for all other kinds: nothing is open because they are not there.
 */
export function standInFor({ value, place, problems }: UnreadObject): Document | undefined {
  if (!isMapping(value)) return undefined;
  const { apiVersion } = value;
  const kind = KINDS.get(`${String(apiVersion)}/${String(value['kind'])}`);
  const makeSpec = kind && GUARDS.get(kind.kind);
  const metadata = readableMetadata(value['metadata']);
  if (kind === undefined || makeSpec === undefined || metadata === undefined || typeof apiVersion !== 'string') return undefined;
  const made = makeSpec(isMapping(value['spec']) ? value['spec'] : {}, metadata.namespace);
  if (made === undefined) return undefined;
  const unread = `${wordsOf(problems)}${made.remark ?? ''}`;
  return documentFrom(kind, { metadata, spec: made.spec }, { place, apiVersion, unread });
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
function accessSpec({ targetRefs, mode, mutualTls }: Mapping, namespace: string): StandInSpec {
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
function tlsSpec({ targetRefs }: Mapping): StandInSpec | undefined {
  const targets = readableServices(targetRefs);
  if (targets.length === 0) return undefined;
  return { spec: { targetRefs: targets, validation: { hostname: 'unread.invalid' } } };
}

function wordsOf(problems: readonly Problem[]): string {
  const text = `it cannot be read: ${problems.map(problemWords).join('; ')}`;
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}
