// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Clock, Exchange } from '@weir/base';
import type { OverloadMonitor, Priority } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import { defaultPriority } from './default-priority.ts';
import { overloadWord, systemProbe, watchOverload } from './overload-watch.ts';
import type { OverloadProbe } from './overload-watch.ts';
import type { EngineSettings } from './settings.ts';

export interface LoadShedderOptions {
  readonly clock: Clock;
  readonly settings: Pick<EngineSettings, 'limits' | 'maxMemoryBytes'>;
  readonly telemetry: Pick<Telemetry, 'overloadLevel'>;
  /** A word of shared memory that tells the main thread how much is refused. */
  readonly reportOverload: (word: number) => void;
}

/** Load is often gone in a second. */
const RETRY_AFTER_SECONDS = '1';

/** Refuses requests while a worker runs out of something, the least important first. */
export class LoadShedder {
  requestsInFlight = 0;
  private readonly monitor: OverloadMonitor;

  constructor({ clock, settings, telemetry, reportOverload }: LoadShedderOptions, probe: OverloadProbe = systemProbe) {
    this.monitor = watchOverload({
      clock,
      probe,
      maxMemoryBytes: settings.maxMemoryBytes,
      maxRequests: settings.limits.maxRequestsInFlight,
      requestsInFlight: () => this.requestsInFlight,
      onObserved: monitor => {
        telemetry.overloadLevel(monitor.level);
        reportOverload(overloadWord(monitor));
      },
    });
  }

  /** All that a request costs which nothing is wrong with. */
  get isShedding(): boolean {
    return this.monitor.level > 0;
  }

  /** Throws where the request is not important enough. `said`: by a policy. */
  admit(exchange: Exchange, said: Priority | undefined): void {
    const priority = said ?? defaultPriority(exchange);
    if (!this.monitor.sheds(priority)) return;
    throw new Fault('load_shed', `too little is left of ${this.monitor.pressure} for requests of priority ${priority}`, {
      headers: HeaderList.of(['retry-after', RETRY_AFTER_SECONDS]),
    });
  }
}
