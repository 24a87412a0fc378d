// SPDX-License-Identifier: Apache-2.0

/**
 * A way through the configuration: from a listener by a rule to a backend. All requests that take it share one object, with which
 * telemetry keeps what it would have to look up for each of them: with thousands of routes that is what a request waits for.
 */
export class Way {
  readonly listener: string;
  /** `KIND/namespace/name`; '' = by no route. */
  readonly route: string;
  /** Telemetry's own: what counts the requests. */
  series: object | undefined = undefined;
  /** Telemetry's own: the way in a line of the log; '' = not made yet. */
  logText = '';

  constructor(listener: string, route: string) {
    this.listener = listener;
    this.route = route;
  }
}

/** The ways that end alike, one for each listener. */
export class Ways {
  private readonly route: string;
  private readonly byListener: Way[] = [];

  /** `route`: `KIND/namespace/name`; '' = none leads there. */
  constructor(route = '') {
    this.route = route;
  }

  /** Most rules are served by one listener. */
  from(listener: string): Way {
    for (const way of this.byListener) if (way.listener === listener) return way;
    const way = new Way(listener, this.route);
    this.byListener.push(way);
    return way;
  }
}
