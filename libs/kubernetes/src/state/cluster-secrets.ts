// SPDX-License-Identifier: Apache-2.0
import { Backoff } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import { SECRETS } from '../write/builtin-resources.ts';
import type { ObjectPlace, ObjectWriter, WrittenObject } from '../write/object-writer.ts';
import { assertFits, secretData, textsFrom } from './secret-texts.ts';
import type { SecretTexts } from './secret-texts.ts';

export interface ClusterSecretsOptions {
  readonly writer: ObjectWriter;
  readonly namespace: string;
  /** Of the Secret. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Small texts by name, as a store of keys has them (`SecretStore` of @weir/identity). */
export interface TextStore {
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

interface Edition {
  readonly texts: SecretTexts;
  /** Undefined = there is no Secret yet. */
  readonly resourceVersion: string | undefined;
  readonly metadata: object;
}

/** Twenty that write at once are through in a few rounds. */
const MAX_ATTEMPTS = 20;
const RETRY = { firstMs: 20, maxMs: 1000 };

/**
 * One Secret as a store of keys that several replicas share. Each write is of the newest version or is made again, so nobody's text is lost;
 * what hangs together goes in one `transact`.
 */
export class ClusterSecrets implements TextStore {
  private readonly options: ClusterSecretsOptions;
  private readonly place: ObjectPlace;

  constructor(options: ClusterSecretsOptions) {
    this.options = options;
    this.place = { resource: SECRETS, namespace: options.namespace, name: options.name };
  }

  async read(name: string): Promise<string | undefined> {
    const { texts } = await this.load();
    return texts.get(name);
  }

  async names(): Promise<readonly string[]> {
    const { texts } = await this.load();
    return [...texts.keys()];
  }

  write(name: string, text: string): Promise<void> {
    return this.transact(draft => draft.write(name, text));
  }

  remove(name: string): Promise<void> {
    return this.transact(draft => draft.remove(name));
  }

  /**
   * Does `work` on a copy, and stores all that it changed in one step that nobody comes in between of. Where somebody did, it is done again
   * on what there is then: of many replicas that look for keys and make them where there are none, one makes them, and the others find
   * them.
   */
  async transact<Value>(work: (draft: TextStore) => Promise<Value>): Promise<Value> {
    const { clock, random } = this.options;
    const backoff = new Backoff(RETRY, random);
    for (let attempt = 1; ; attempt++) {
      const edition = await this.load();
      const texts = new Map(edition.texts);
      const value = await work(draftOf(texts));
      try {
        await this.store(edition, texts);
        return value;
      } catch (reason) {
        const isBeaten = reason instanceof ApiError && (reason.isConflict || reason.isNotFound);
        if (!isBeaten || attempt >= MAX_ATTEMPTS) throw reason;
      }
      await new Promise<void>(resolve => void clock.after(backoff.nextMs(), resolve));
    }
  }

  private async load(): Promise<Edition> {
    const found = await this.options.writer.get(this.place, NEVER);
    if (found === undefined) return { texts: new Map(), resourceVersion: undefined, metadata: {} };
    const { labels, annotations, ownerReferences } = found.metadata as Readonly<Record<string, unknown>>;
    return {
      texts: textsFrom(found),
      resourceVersion: found.metadata.resourceVersion,
      metadata: { labels, annotations, ownerReferences },
    };
  }

  private async store({ texts: before, resourceVersion, metadata }: Edition, texts: SecretTexts): Promise<void> {
    if (isSame(before, texts)) return;
    const { namespace, name, writer } = this.options;
    assertFits(texts, `${namespace}/${name}`);
    const header = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: secretData(texts) };
    const object: WrittenObject = { ...header, metadata: { ...metadata, name, namespace } };
    if (resourceVersion === undefined) await writer.create(this.place, object, NEVER);
    else await writer.replace(this.place, { ...object, metadata: { ...object.metadata, resourceVersion } }, NEVER);
  }
}

/** A key is written to its end, also while the process is asked to stop. */
const NEVER = new AbortController().signal;

function draftOf(texts: Map<string, string>): TextStore {
  return {
    read: name => Promise.resolve(texts.get(name)),
    write: (name, text) => Promise.resolve(void texts.set(name, text)),
    remove: name => Promise.resolve(void texts.delete(name)),
    names: () => Promise.resolve([...texts.keys()]),
  };
}

function isSame(left: SecretTexts, right: SecretTexts): boolean {
  return left.size === right.size && [...left].every(([name, text]) => right.get(name) === text);
}
