// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { duration } from '../fields.ts';
import { addProblem } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import type { FieldTraits } from './field-traits.ts';

/** How endpoints are connected to is the same for all routes that lead to a Service. */
export const BACKEND: FieldTraits = {
  chain: 'backend',
  strategy: 'nearest',
  enforcedAt: 'whoever calls: the gateway, in the mesh the calling side',
};

/** A header, cookie or query parameter: what HTTP lets none of their names contain is no part of any. */
const NAME = /^[A-Za-z0-9!#$%'*+\-.^_`|~]+$/;

const consistentHash = strictObject({
  by: z.enum(['Address', 'Cookie', 'Header', 'Query']).describe("What requests go together by; Address: the client's."),
  name: z
    .string()
    .min(1)
    .max(256)
    .regex(NAME, says('is no name', "write letters, digits and any of !#$%'*+-.^_`|~, without space or ="))
    .optional()
    .describe('Of the header, cookie or query parameter; of none for `by: Address`.'),
})
  .check(
    withApiForm(
      inCel({
        rule: "(self.by == 'Address') != has(self.name)",
        message: 'name must be written, but for by: Address',
      }),
      context => {
        const { by, name } = context.value;
        if (by === 'Address' && name !== undefined) {
          addProblem(context, ['name'], 'is written, and an address has no name\nleave it out');
        }
        if (by !== 'Address' && name === undefined) {
          addProblem(context, ['name'], `is missing, and by: ${by} needs it\nwrite name`);
        }
      },
    ),
  )
  .describe('Of `type: ConsistentHash`. Requests without a value go to any endpoint.');

const utilization = strictObject({
  blackout: duration.optional().describe('Reports count only after they have come for so long; 10s unless written.'),
  expiry: duration
    .optional()
    .describe('Without a report for so long an endpoint counts as one that does not report; 3m unless written.'),
  errorPenalty: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('What a reported error adds to the utilisation, as a part of what a request does; 1 unless written.'),
}).describe('Of `type: Utilization`; the names are those of gRPC (gRFC A58).');

const zonePreference = strictObject({
  spillOverAbove: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'A request that would bring the chosen endpoint of the own zone above so many in flight, over all workers, goes to an endpoint elsewhere if that has fewer; however many, unless written.',
    ),
}).describe(
  "Endpoints of the gateway's own zone (`weir up --zone`) are used first, by the zones of EndpointSlices. While fewer than about 71 % of them are available, the zone takes 1.4 times the available share of the requests, and others elsewhere the rest. Goes before the Service's `trafficDistribution`.",
);

const balance = strictObject({
  type: z
    .enum(['ConsistentHash', 'LeastRequest', 'PeakEwma', 'Random', 'RoundRobin', 'Utilization'])
    .describe(
      'LeastRequest: of two endpoints chosen at random the one with fewer requests in flight. PeakEwma: of two the one that will probably answer first, by how long its last answers took and how many it has to give. RoundRobin: each in turn. Random: any. ConsistentHash: the same for requests that have the same value. Utilization: each gets as much as it can take, by what it reports of itself with its answers (ORCA: `endpoint-load-metrics` in heads or trailers).',
    ),
  consistentHash: consistentHash.optional(),
  utilization: utilization.optional(),
  zonePreference: zonePreference.optional(),
}).check(
  withApiForm(
    inCel(
      {
        rule: "(self.type == 'ConsistentHash') == has(self.consistentHash)",
        message: 'consistentHash must be written for type: ConsistentHash, and for no other',
      },
      {
        rule: "self.type == 'Utilization' || !has(self.utilization)",
        message: 'utilization may be written for type: Utilization only',
      },
      {
        rule: "self.type != 'ConsistentHash' || !has(self.zonePreference)",
        message: 'zonePreference may not be written for type: ConsistentHash, which goes by keys alone',
      },
    ),
    context => {
      const { type, consistentHash: hash, utilization: reports, zonePreference: zones } = context.value;
      if (type === 'ConsistentHash' && zones !== undefined) {
        const hint = 'leave it out, or write another type';
        addProblem(
          context,
          ['zonePreference'],
          `is written, and type: ConsistentHash goes by keys alone, wherever they lead\n${hint}`,
        );
      }
      if (type !== 'Utilization' && reports !== undefined) {
        const hint = 'leave it out, or write type: Utilization';
        addProblem(context, ['utilization'], `is written, and type: ${type} does not look at it\n${hint}`);
      }
      if (type === 'ConsistentHash' && hash === undefined) {
        const hint = 'write consistentHash: { by: Header, name: … }, or another by';
        addProblem(context, ['consistentHash'], `is missing, and type: ConsistentHash needs it\n${hint}`);
      }
      if (type !== 'ConsistentHash' && hash !== undefined) {
        addProblem(
          context,
          ['consistentHash'],
          `is written, and type: ${type} does not look at it\nleave it out, or write type: ConsistentHash`,
        );
      }
    },
  ),
);

/** How one of a Service's endpoints is chosen. A whole: what two policies say of it is not mixed. */
export const balancing = merged(balance, BACKEND);
