// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

/** More are forgotten, the oldest first: whoever reaches the port can send any number of tokens. */
const MAX_ANSWERS = 1000;

/** Answers that hold for a while, each asked for once at a time. A question that fails is forgotten. */
export class RecentAnswers<Answer> {
  private readonly clock: Clock;
  private readonly holdsMs: number;
  private readonly answers = new Map<string, { readonly answer: Promise<Answer>; readonly untilMs: number }>();

  constructor(clock: Clock, holdsMs: number) {
    this.clock = clock;
    this.holdsMs = holdsMs;
  }

  answer(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const nowMs = this.clock.nowMs();
    const known = this.answers.get(question);
    if (known !== undefined && nowMs < known.untilMs) return known.answer;
    const answer = ask();
    this.answers.delete(question);
    this.answers.set(question, { answer, untilMs: nowMs + this.holdsMs });
    answer.catch(() => {
      if (this.answers.get(question)?.answer === answer) this.answers.delete(question);
    });
    for (const oldest of this.answers.keys()) {
      if (this.answers.size <= MAX_ANSWERS) break;
      this.answers.delete(oldest);
    }
    return answer;
  }
}
