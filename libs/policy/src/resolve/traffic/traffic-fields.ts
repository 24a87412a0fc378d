// SPDX-License-Identifier: Apache-2.0
import { trafficPolicySpec } from '../../documents/kinds/weir/traffic-policy.ts';
import { policyFieldsOf } from '../policy/policy-fields.ts';

/** What TrafficPolicies merge, as their schema declares it. */
export const TRAFFIC_FIELDS = policyFieldsOf(trafficPolicySpec);

/** Those of how a Service's endpoints are chosen and connected to. */
export const BACKEND_FIELDS = TRAFFIC_FIELDS.filter(({ chain }) => chain === 'backend');

/** Those of requests: who has none of these has no use for them. */
export const REQUEST_FIELDS = TRAFFIC_FIELDS.filter(({ chain }) => chain === 'request');
