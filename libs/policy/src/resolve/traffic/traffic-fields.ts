// SPDX-License-Identifier: Apache-2.0
import { trafficPolicySpec } from '../../documents/kinds/weir/traffic-policy.ts';
import { policyFieldsOf } from '../policy/policy-fields.ts';

/** What TrafficPolicies merge, as their schema declares it. */
export const TRAFFIC_FIELDS = policyFieldsOf(trafficPolicySpec);
