// SPDX-License-Identifier: Apache-2.0
import { routeChange } from './route-change.ts';
import type { Scenario } from './scenario.ts';
import { start } from './start.ts';
import { THROUGHPUT_SCENARIOS } from './throughput.ts';

/** In the order they run. */
export const SCENARIOS: readonly Scenario[] = [...THROUGHPUT_SCENARIOS, routeChange, start];
