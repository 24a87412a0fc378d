// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { boundedDuration } from '../bounded-duration.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import { BACKEND } from './traffic-balancing.ts';
import { healthCheck as checks } from './traffic-health-check.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 3_600_000;

const inARow = z.int().min(0).max(1000);
const minimumRequests = z
  .int()
  .min(1)
  .max(1_000_000)
  .optional()
  .describe('Requests that an endpoint must have had in the interval to be looked at; 100 unless written.');
const minimumEndpoints = z
  .int()
  .min(3)
  .max(1000)
  .optional()
  .describe('Endpoints with so many requests that there must be, for one to stand out from; 5 unless written.');

const successRate = strictObject({
  minimumRequests,
  minimumEndpoints,
  standardDeviations: z
    .number()
    .min(0.5)
    .max(10)
    .optional()
    .describe('How far below the mean of all endpoints its share of answers without error must be; 1.9 unless written.'),
}).describe(
  'Ejects endpoints whose share of answers without error is far below that of the others, and below 95 %. Absent: none is.',
);

const latency = strictObject({
  minimumRequests,
  minimumEndpoints,
  factor: z
    .number()
    .min(1.5)
    .max(100)
    .optional()
    .describe("How many times the median of all endpoints' means its mean time to an answer must be; 3 unless written."),
  threshold: boundedDuration(1, MINUTE_MS)
    .optional()
    .describe('An endpoint with a mean below this is never ejected for it; 100ms unless written.'),
}).describe('Ejects endpoints that take far longer to answer than the others. Absent: none is.');

const outliers = strictObject({
  consecutive5xx: inARow
    .optional()
    .describe(
      'Failures in a row, of the answers of all requests: 5xx, gRPC codes that stand for them, no connection, no answer in time, half an answer. 5 unless written; 0 = they do not count.',
    ),
  consecutiveGatewayErrors: inARow
    .optional()
    .describe('The same for 502, 503, 504 and what stands for them alone; 0, which they do not count at, unless written.'),
  interval: boundedDuration(100, 5 * MINUTE_MS)
    .optional()
    .describe('How often success rate and latency are looked at, and an earlier ejection is forgiven; 10s unless written.'),
  baseEjectionTime: boundedDuration(100, HOUR_MS)
    .optional()
    .describe('How long the first ejection lasts, the second twice as long and so on; 30s unless written.'),
  maxEjectionTime: boundedDuration(100, HOUR_MS)
    .optional()
    .describe('The longest ejection; 5m unless written, and never below `baseEjectionTime`.'),
  maxEjectionPercent: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'How many of the endpoints may be ejected at once, rounded down; of two or more one always may, a single one never. 10 unless written.',
    ),
  successRate: successRate.optional(),
  latency: latency.optional(),
});

const slowly = strictObject({
  window: boundedDuration(SECOND_MS, HOUR_MS).describe('How long it takes to the full share.'),
});

/** Endpoints that fail are left alone for a while. A whole: what two policies say of it is not mixed. */
export const outlierDetection = merged(outliers, BACKEND);

/** Endpoints are asked whether they can serve. A whole, too. */
export const healthCheck = merged(checks, BACKEND);

/** New and recovered endpoints get little at first. */
export const slowStart = merged(slowly, BACKEND);

/** When too few are left, all are used. */
export const panicThreshold = merged(z.int().min(0).max(100), BACKEND);
