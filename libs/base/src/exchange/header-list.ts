// SPDX-License-Identifier: Apache-2.0

/**
 * The fields of a head or trailer section, in the order received. Names are always lower-case (RFC 9110 §5.1: they are
 * case-insensitive); equal names stay apart, as joining is only right for list-valued fields.
 *
 * Two parallel arrays instead of a map: a head has about ten fields, so a scan beats hashing and keeps the order.
 */
export class HeaderList {
  names: string[] = [];
  values: string[] = [];

  static of(...pairs: readonly (readonly [name: string, value: string])[]): HeaderList {
    const list = new HeaderList();
    for (const [name, value] of pairs) list.append(name, value);
    return list;
  }

  get count(): number {
    return this.names.length;
  }

  /** The first value of a field. `name` must be lower-case. */
  get(name: string): string | undefined {
    const index = this.names.indexOf(name);
    return index === -1 ? undefined : this.values[index];
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** All values of a field joined with ", " (RFC 9110 §5.3), or undefined without any. */
  getJoined(name: string): string | undefined {
    const first = this.names.indexOf(name);
    if (first === -1) return undefined;
    let joined = this.values[first]!;
    for (let i = this.names.indexOf(name, first + 1); i !== -1; i = this.names.indexOf(name, i + 1)) {
      joined += `, ${this.values[i]!}`;
    }
    return joined;
  }

  /** All values of a field, apart. */
  getAll(name: string): readonly string[] {
    return this.values.filter((_, index) => this.names[index] === name);
  }

  append(name: string, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** Replaces every field of that name by one, in the place of the first. */
  set(name: string, value: string): void {
    const index = this.names.indexOf(name);
    if (index === -1) {
      this.append(name, value);
      return;
    }
    this.values[index] = value;
    this.removeFrom(name, index + 1);
  }

  remove(name: string): void {
    this.removeFrom(name, 0);
  }

  /** Removes every field whose name is among `names`. */
  removeAny(names: ReadonlySet<string>): void {
    for (let i = this.names.length - 1; i >= 0; i--) {
      if (!names.has(this.names[i]!)) continue;
      this.names.splice(i, 1);
      this.values.splice(i, 1);
    }
  }

  /** Gives back the room that is kept for more fields: for lists that stay long, such as those of a WebSocket's handshake. */
  compact(): void {
    this.names = [...this.names];
    this.values = [...this.values];
  }

  clone(): HeaderList {
    const copy = new HeaderList();
    for (let i = 0; i < this.names.length; i++) copy.append(this.names[i]!, this.values[i]!);
    return copy;
  }

  *entries(): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.names.length; i++) yield [this.names[i]!, this.values[i]!];
  }

  private removeFrom(name: string, start: number): void {
    for (let i = this.names.indexOf(name, start); i !== -1; i = this.names.indexOf(name, i)) {
      this.names.splice(i, 1);
      this.values.splice(i, 1);
    }
  }
}
