// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import type { SyncSettings } from './sync-settings.ts';

interface DebounceOptions {
  readonly clock: Clock;
  readonly settings: Pick<SyncSettings, 'debounceMs' | 'maxDebounceMs'>;
}

/** Waits a little for what comes together, and never long. */
export class Debounce {
  private timer: Timer | undefined;
  private firstMs: number | undefined;
  private readonly options: DebounceOptions;
  private readonly action: () => void;

  constructor(options: DebounceOptions, action: () => void) {
    this.options = options;
    this.action = action;
  }

  /** Calls `action` when nothing has started it again for a while. */
  start(): void {
    const { clock, settings } = this.options;
    this.firstMs ??= clock.nowMs();
    const leftMs = this.firstMs + settings.maxDebounceMs - clock.nowMs();
    this.timer?.cancel();
    this.timer = clock.after(Math.max(0, Math.min(settings.debounceMs, leftMs)), () => {
      this.cancel();
      this.action();
    });
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.firstMs = undefined;
  }
}
