// SPDX-License-Identifier: Apache-2.0
import { systemClock, reasonWords } from '@weir/base';

/** What one replica does for all while it leads. */
export interface Duty {
  /** Of what it does, for the log. */
  readonly name: string;
  /** Does what there is to do now; what it rejects with is told, and it is done again. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** How often; undefined = every 30 s. */
  readonly againMs?: number;
}

/** What nobody tells of, such as that somebody wrote over it, is found after that long. */
const AGAIN_MS = 30_000;

/** Does a duty once; never rejects: where it cannot be done, that is told. */
export async function attemptDuty(
  { name, run }: Pick<Duty, 'name' | 'run'>,
  signal: AbortSignal,
  onNote: (text: string) => void,
): Promise<void> {
  try {
    await run(signal);
  } catch (reason) {
    onNote(`${name}: ${reasonWords(reason)}`);
  }
}

/** Does a duty at once, and again and again, until the term ends. */
export function doWhileLeading(duty: Duty, signal: AbortSignal, onNote: (text: string) => void): void {
  let isBusy = false;
  const once = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    await attemptDuty(duty, signal, text => {
      if (!signal.aborted) onNote(text);
    });
    isBusy = false;
  };
  const timer = systemClock.every(duty.againMs ?? AGAIN_MS, () => void once());
  signal.addEventListener('abort', () => timer.cancel());
  void once();
}
