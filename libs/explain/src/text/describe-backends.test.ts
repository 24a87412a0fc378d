// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { describeZonePreference } from './describe-backends.ts';

it('says of a preferred zone what it takes, and what it depends on', () => {
  expect(describeZonePreference({ spillOverAbove: 0 })).toBe(
    "those of the gateway's own zone first; without effect unless weir up has --zone or WEIR_ZONE",
  );
  expect(describeZonePreference({ spillOverAbove: 20 })).toBe(
    "those of the gateway's own zone first, elsewhere above 20 in flight; without effect unless weir up has --zone or WEIR_ZONE",
  );
});
