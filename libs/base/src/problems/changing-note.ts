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

/** The same of several things by key: what is told of one says nothing of another. */
export class ChangingNotes {
  private readonly onNote: (text: string) => void;
  private readonly notes = new Map<string, ChangingNote>();

  constructor(onNote: (text: string) => void) {
    this.onNote = onNote;
  }

  tell(key: string, text: string): void {
    const note = this.notes.get(key) ?? new ChangingNote(this.onNote);
    this.notes.set(key, note);
    note.tell(text);
  }

  /** Nothing is in its way, and nothing is kept of it. */
  clear(key: string): void {
    this.notes.delete(key);
  }
}
