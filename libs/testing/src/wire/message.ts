// SPDX-License-Identifier: Apache-2.0

/** A field as it stood on the wire: its name's case is kept. */
export type Field = readonly [name: string, value: string];

/** What a message is made of. */
export interface MessageParts {
  readonly startLine: string;
  readonly fields: readonly Field[];
  readonly body: Buffer;
  readonly trailers: readonly Field[];
  readonly chunkSizes: readonly number[] | undefined;
}

/** One HTTP/1.1 message as it was on the wire. */
export class Message {
  readonly startLine: string;
  readonly fields: readonly Field[];
  readonly body: Buffer;
  readonly trailers: readonly Field[];
  /** Sizes of the chunks of a chunked body, in order; undefined for other framings. */
  readonly chunkSizes: readonly number[] | undefined;

  constructor(init: MessageParts) {
    this.startLine = init.startLine;
    this.fields = init.fields;
    this.body = init.body;
    this.trailers = init.trailers;
    this.chunkSizes = init.chunkSizes;
  }

  /** The only value of a field; throws when there are several, so that a test cannot overlook one. */
  header(name: string): string | undefined {
    const values = this.headers(name);
    if (values.length > 1) throw new Error(`${name} came ${values.length} times: ${values.join(' | ')}`);
    return values[0];
  }

  /** All values of a field, in order. */
  headers(name: string): readonly string[] {
    return valuesOf(this.fields, name);
  }

  trailer(name: string): string | undefined {
    return valuesOf(this.trailers, name)[0];
  }

  get text(): string {
    return this.body.toString('utf8');
  }

  /** The body parsed as JSON. */
  json(): unknown {
    return JSON.parse(this.text);
  }
}

function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return fields.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
}
