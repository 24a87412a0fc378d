// SPDX-License-Identifier: Apache-2.0
import type { ApiResource, ClusterObject } from '../api/cluster-api.ts';

/** One object of a kind. */
export interface ObjectPlace {
  readonly resource: ApiResource;
  /** '' for kinds outside namespaces. */
  readonly namespace: string;
  readonly name: string;
}

/** What is to be written of an object: its name, and the fields that the writer answers for. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    /** Given: it is written only if nobody wrote the object since it had this one, else it is a conflict. */
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/**
 * What is asked of an API server to write objects. Each throws ApiError where the API server refuses, and other errors where it cannot be
 * reached: then nobody knows whether it was done.
 */
export interface ObjectWriter {
  /** Undefined = there is none. */
  get(place: ObjectPlace, signal: AbortSignal): Promise<ClusterObject | undefined>;
  /**
   * Server-side apply: the object has these fields afterwards, whoever set them before; fields of others stay, and those that
   * were applied before and are not now, go. Makes the object where it is missing.
   */
  apply(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject>;
  /** The same of the status alone; the object has to be there. */
  applyStatus(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject>;
  /** A conflict where it is there already. */
  create(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject>;
  /** Puts it in the place of the one whose `resourceVersion` it names; a conflict where somebody was quicker. */
  replace(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject>;
  /** Of an object that is not there, nothing. What it owns goes as well, in the background. */
  remove(place: ObjectPlace, signal: AbortSignal): Promise<void>;
}
