// SPDX-License-Identifier: Apache-2.0
import type { Clock, Problem, Random } from '@weir/base';
import type { SecretStore } from '@weir/identity';
import type { GivenAuthority } from '@weir/identity/authority';
import type { Document } from '@weir/policy/documents';
import type { DeploymentWorld, RolloutStore, RolloutWeb } from '@weir/rollouts/drive';
import type { SyncSettings } from '@weir/sync/server';
import type { ServiceAccounts } from './identity/service-accounts.ts';
import type { OtherReplicas } from './replicas/replica-link.ts';

export interface SourcePositions {
  readonly known: Readonly<Record<string, number>>;
  readonly read: Readonly<Record<string, number>>;
}

/** An object that cannot be read as it is now. */
export interface RefusedObject {
  /** `metadata.generation`; 0 without one. */
  readonly generation: number;
  /** At least one. */
  readonly problems: readonly Problem[];
}

/** Documents as a source gives them: all that are good, and what is wrong with the others. */
export interface LoadedDocuments {
  readonly documents: ReadonlyMap<string, Document>;
  readonly problems: readonly Problem[];
  readonly changedKeys: readonly string[];
  readonly removedKeys: readonly string[];
  /** Objects of other groups, which are none of Weir's business. */
  readonly ignoredCount: number;
  /** By `Kind/namespace/name`: objects that cannot be read as they are now; absent = those that are written down have no status to say so. */
  readonly refused?: ReadonlyMap<string, RefusedObject>;
  /** By source, where others read the same ones: the newest that is known of it, and how far it was read; absent = nobody else does. */
  readonly positions?: SourcePositions;
}

/** Where documents come from, as long as it is open. */
export interface OpenedSource {
  readonly content: LoadedDocuments;
  close(): Promise<void>;
}

/** Told by a source, as long as it is open. */
export interface SourceListener {
  /** Called with everything whenever something of it is another. */
  onChange(content: LoadedDocuments): void;
  /** Called where nothing is another, and more was read. */
  onRead(positions: SourcePositions): void;
}

export type OpenSource = (listener: SourceListener) => Promise<OpenedSource>;

/** What a control plane is made of, without any socket. */
export interface ControlPlaneOptions {
  readonly openSource: OpenSource;
  readonly clock: Clock;
  readonly random: Random;
  /** Keys, tokens and what else must outlive the process; one control plane at a time has it. */
  readonly secrets: SecretStore;
  /** Undefined = as stored, else as the documents say. It is for good: another one than is stored is refused. */
  readonly trustDomain: string | undefined;
  readonly leafLifetimeMs: number | undefined;
  /** Of several processes that share `secrets`, whether this is the one that writes; absent = there is one. */
  readonly isLeading?: (() => boolean) | undefined;
  /**
   * Where states of Rollouts stand in what documents are read from: whoever leads opens and starts the desk of Rollouts, and documents have
   * what is in force. Absent = beside `secrets`, and this process drives them from its start to its end.
   */
  readonly rolloutStore?: RolloutStore | undefined;
  /** How URLs of Rollouts are called; absent = wherever they lead. */
  readonly web?: RolloutWeb | undefined;
  /** The other processes; absent = there are none. */
  readonly replicas?: OtherReplicas | undefined;
  /** An authority that somebody else made; undefined = the stored one, else one is made. */
  readonly given?: GivenAuthority | undefined;
  /** How Pods prove who they are; undefined = this is not in a cluster. */
  readonly accounts?: ServiceAccounts | undefined;
  /** Deployments that Rollouts may be about; absent = there are none, as outside a cluster. */
  readonly deployments?: DeploymentWorld | undefined;
  /** IP addresses that Gateways listen on which name none. */
  readonly defaultAddresses: readonly string[];
  /** Whether each Gateway has proxies of its own; absent = one proxy listens for all of them. */
  readonly hasOwnProxies?: boolean;
  /** Start also when some documents cannot be read; what they say is then not distributed. */
  readonly allowsPartial: boolean;
  /** Of revisions, where replicas read the same sources: then all have the same. Absent = a larger one at each start. */
  readonly epoch?: number;
  readonly syncSettings?: Partial<SyncSettings>;
  /** Told what happens, for people; must not throw. No event ever holds text of a key or token. */
  readonly onEvent: (event: ControlPlaneEvent) => void;
}

/** What happens while a control plane runs. */
export type ControlPlaneEvent =
  /** A change of documents is on its way to proxies. */
  | {
      readonly kind: 'changed';
      /** Objects that were added, edited or removed: `HTTPRoute shop/storefront`. */
      readonly upserted: readonly string[];
      readonly removed: readonly string[];
      /** 0 = the change means the same as before. */
      readonly resourceCount: number;
    }
  /** Problems that were not there before; of those in `unread`, what their files said before stays in force. */
  | { readonly kind: 'problems'; readonly problems: readonly Problem[]; readonly unread: readonly Problem[] }
  /** All problems of documents are mended. */
  | { readonly kind: 'recovered' }
  | { readonly kind: 'joined'; readonly identity: string; readonly addresses: readonly string[] }
  /** A certificate was asked for and not given; `from` is the peer or what it claims to be. */
  | { readonly kind: 'not-certified'; readonly from: string; readonly reason: string }
  /** Somebody came with a certificate that is not of this mesh, and counts as nobody. */
  | { readonly kind: 'peer-refused'; readonly address: string; readonly reason: string }
  /** Somebody asked the API without a token, without the right that it takes, or from where nobody may. */
  | { readonly kind: 'api-refused'; readonly address: string; readonly reason: string }
  /** Somebody asks a proxy's admin side; `caller` is whose token it is. */
  | { readonly kind: 'asked'; readonly caller: string; readonly proxy: string; readonly path: string }
  /** A rotation of the root has come to this phase. */
  | { readonly kind: 'rotation'; readonly phase: string }
  /** A rollout has taken a turn; `by`: a person, `documents`, or `weir`. */
  | { readonly kind: 'rollout'; readonly rollout: string; readonly turn: string; readonly text: string; readonly by: string }
  | { readonly kind: 'note'; readonly text: string };

/** A control plane cannot start. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = []) {
    super(message);
    this.problems = problems;
  }
}
