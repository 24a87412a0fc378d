// SPDX-License-Identifier: Apache-2.0

/** A kind of object, as the API server names it in paths. */
export interface ApiResource {
  /** '' = the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower case: `httproutes`. */
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** Of its objects only those of this namespace are followed. Not given: those of all. */
  readonly namespace?: string;
  /** Of its objects only those with such labels are followed: `app=web,tier`. Not given: all of them. */
  readonly labelSelector?: string;
  /** Only those whose fields are so: `type!=example.com/large`. Not given: all of them. */
  readonly fieldSelector?: string;
  /** How many of its objects are asked for at a time; many where not given. */
  readonly pageSize?: number;
}

/** What all objects of a cluster have; the rest is whatever their kind says. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid?: string }[];
    /** It is being removed since then. */
    readonly deletionTimestamp?: string;
  };
  readonly [field: string]: unknown;
}

/** A part of a list, in the order of the API server. */
export interface ObjectPage {
  readonly items: readonly ClusterObject[];
  /** Of the whole list, on each of its pages: a watch goes on from there. */
  readonly resourceVersion: string;
  /** Where the next page begins; undefined = this is the last. */
  readonly next: string | undefined;
}

/** One line of a watch. */
export type WatchEvent =
  | { readonly kind: 'changed'; readonly object: ClusterObject }
  | { readonly kind: 'removed'; readonly object: ClusterObject }
  /** Nothing happened up to here. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

export interface WatchRequest {
  readonly resourceVersion: string;
  /** The API server ends the watch then, and it is begun again. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: WatchEvent) => void;
}

/** What is asked of an API server to follow objects. Throws ApiError where it refuses, and other errors where it cannot be reached. */
export interface ClusterReader {
  list(
    resource: ApiResource,
    page: { readonly limit: number; readonly next: string | undefined; readonly signal: AbortSignal },
  ): Promise<ObjectPage>;
  /** Resolves when the API server has ended the watch in order. */
  watch(resource: ApiResource, request: WatchRequest): Promise<void>;
}

/** Kubernetes' word for what cannot be made in a namespace that is being removed. */
export const NAMESPACE_ENDS = 'NamespaceTerminating';

/** The API server has answered, and does not do what it was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Kubernetes' word for it, such as `Forbidden`; '' = none. */
  readonly reason: string;

  constructor(status: number, { reason, message }: { readonly reason: string; readonly message: string }) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  /** What was known is too old to go on from (410 Gone). */
  get isExpired(): boolean {
    return this.status === 410 || this.reason === 'Expired' || this.reason === 'Gone';
  }

  /** Somebody else was quicker, or has made it already (409). */
  get isConflict(): boolean {
    return this.status === 409;
  }

  /** Its namespace is being removed, in which nothing can be made any more. */
  get isInEndingNamespace(): boolean {
    return this.reason === NAMESPACE_ENDS;
  }

  /** There is no such kind here, or no such object. */
  get isNotFound(): boolean {
    return this.status === 404;
  }
}

/** `/apis/GROUP/VERSION/PLURAL`, over all namespaces, or `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL`. */
export function collectionPath({ group, version, plural, namespace }: ApiResource): string {
  const folder = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return group === '' ? `/api/${version}${folder}/${plural}` : `/apis/${group}/${version}${folder}/${plural}`;
}
