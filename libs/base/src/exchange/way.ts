// SPDX-License-Identifier: Apache-2.0

/**
 * A way through the configuration: from a listener by a rule to a backend. All requests that take it share one object, with which
 * telemetry keeps what it would have to look up for each of them: with thousands of routes that is what a request waits for.
 */
export class Way {
  readonly listener: string;
  /** Telemetry's own: what counts the requests. */
  series: object | undefined = undefined;
  /** Telemetry's own: the way in a line of the log; '' = not made yet. */
  logText = '';

  constructor(listener: string) {
    this.listener = listener;
  }
}

/** The ways that end alike, one for each listener. */
export class Ways {
  private readonly byListener: Way[] = [];

  /** Most rules are served by one listener. */
  from(listener: string): Way {
    for (const way of this.byListener) if (way.listener === listener) return way;
    const way = new Way(listener);
    this.byListener.push(way);
    return way;
  }
}
