// SPDX-License-Identifier: Apache-2.0
import { certificates } from './certificates.ts';
import { controlPlane } from './control-plane.ts';
import { idle } from './idle.ts';
import { mesh } from './mesh.ts';
import { meshHop } from './mesh-hop.ts';
import { policies } from './policies.ts';
import { PROTOCOL_SCENARIOS } from './protocols.ts';
import { rollouts } from './rollouts.ts';
import { routeChange } from './route-change.ts';
import type { Scenario } from './scenario.ts';
import { start } from './start.ts';
import { WEB_SCENARIOS } from './web.ts';

/** In the order they run. */
export const SCENARIOS: readonly Scenario[] = [
  ...WEB_SCENARIOS,
  ...PROTOCOL_SCENARIOS,
  policies,
  rollouts,
  mesh,
  meshHop,
  controlPlane,
  certificates,
  idle,
  routeChange,
  start,
];
