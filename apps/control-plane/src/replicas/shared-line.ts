// SPDX-License-Identifier: Apache-2.0

export interface SharedLineParts<Line> {
  readonly open: () => Line;
  /** Whether it may still be used: a connection ends with the certificate that it was made with, and before that the next one is made. */
  readonly isFresh: (line: Line) => boolean;
}

/** A connection that several calls use at a time: made when it is needed, and made anew after a call that failed. */
export class SharedLine<Line extends { close(): void }> {
  private readonly parts: SharedLineParts<Line>;
  private line: Line | undefined;
  private isClosed = false;

  constructor(parts: SharedLineParts<Line>) {
    this.parts = parts;
  }

  /** Rejects as the call does, and where this is closed. */
  async call<Answer>(ask: (line: Line) => Promise<Answer>): Promise<Answer> {
    if (this.isClosed) throw new Error('the connection is closed');
    if (this.line !== undefined && !this.parts.isFresh(this.line)) this.hangUp(this.line);
    const mine = this.line ?? this.parts.open();
    this.line = mine;
    try {
      return await ask(mine);
    } catch (reason) {
      this.hangUp(mine);
      throw reason;
    }
  }

  /** Ends calls under way. */
  close(): void {
    this.isClosed = true;
    if (this.line !== undefined) this.hangUp(this.line);
  }

  /** Another call may have failed on it before, and the next one have made another. */
  private hangUp(line: Line): void {
    if (this.line !== line) return;
    this.line = undefined;
    line.close();
  }
}
