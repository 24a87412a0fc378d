// SPDX-License-Identifier: Apache-2.0

/** Tells what is in the way, and not the same twice in a row. */
export class ChangingNote {
  private readonly onNote: (text: string) => void;
  private told = '';

  constructor(onNote: (text: string) => void) {
    this.onNote = onNote;
  }

  tell(text: string): void {
    if (text === this.told) return;
    this.told = text;
    this.onNote(text);
  }

  /** Nothing is in the way: the same is news again. */
  clear(): void {
    this.told = '';
  }
}
