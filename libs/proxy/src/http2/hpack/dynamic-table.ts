// SPDX-License-Identifier: Apache-2.0

/** What an entry counts beside its name and value (RFC 7541 §4.1). */
const ENTRY_OVERHEAD_BYTES = 32;

/** A dynamic table (RFC 7541 §2.3.2): the newest entry has the first index. */
export class DynamicTable {
  /** Oldest first; those before `first` have been evicted. */
  private names: string[] = [];
  private values: string[] = [];
  private first = 0;
  private sizeBytes = 0;
  private maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get count(): number {
    return this.names.length - this.first;
  }

  /** `index`: 0 = the newest. Undefined where there is none. */
  nameAt(index: number): string | undefined {
    return index < this.count ? this.names[this.names.length - 1 - index] : undefined;
  }

  valueAt(index: number): string | undefined {
    return index < this.count ? this.values[this.values.length - 1 - index] : undefined;
  }

  /** An entry larger than the table empties it (RFC 7541 §4.4). */
  add(name: string, value: string): void {
    const entryBytes = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    if (entryBytes > this.maxBytes) {
      this.clear();
      return;
    }
    this.names.push(name);
    this.values.push(value);
    this.sizeBytes += entryBytes;
    this.evict();
  }

  resize(maxBytes: number): void {
    this.maxBytes = maxBytes;
    this.evict();
  }

  private clear(): void {
    this.names = [];
    this.values = [];
    this.first = 0;
    this.sizeBytes = 0;
  }

  private evict(): void {
    while (this.sizeBytes > this.maxBytes) {
      this.sizeBytes -= this.names[this.first]!.length + this.values[this.first]!.length + ENTRY_OVERHEAD_BYTES;
      // Its place stays for a while, what it held must not.
      this.names[this.first] = '';
      this.values[this.first] = '';
      this.first++;
    }
    if (this.first < COMPACT_AT || this.first < this.names.length / 2) return;
    this.names = this.names.slice(this.first);
    this.values = this.values.slice(this.first);
    this.first = 0;
  }
}

/** Evicted entries that are carried along before the arrays are cut: cutting at each would cost as much as the table is long. */
const COMPACT_AT = 64;
