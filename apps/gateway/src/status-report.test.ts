// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Condition, Status } from '@weir/policy/compile';
import { ListenError } from '@weir/proxy';
import { statusesWithPorts } from './status-report.ts';

const PROGRAMMED: Condition = {
  type: 'Programmed',
  status: 'True',
  reason: 'Programmed',
  message: '',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const LISTENERS = [{ name: 'http', supportedKinds: [], attachedRoutes: 0, conditions: [PROGRAMMED] }];

describe('statuses of a process that cannot listen on a port', () => {
  it('tell it where the listener is written: in the Gateway, or in its ListenerSet', () => {
    const statuses = new Map<string, Status>([
      ['Gateway/shop/edge', { addresses: [], conditions: [PROGRAMMED], listeners: LISTENERS, attachedListenerSets: 1 }],
      ['ListenerSet/team/extra', { conditions: [PROGRAMMED], listeners: LISTENERS }],
      ['ListenerSet/team/other', { conditions: [PROGRAMMED], listeners: LISTENERS }],
    ]);
    const listener = { hostname: '*', protocol: 'HTTP', tls: undefined, backendCertificate: undefined } as const;
    const port = {
      kind: 'port',
      name: 'port/127.0.0.1/81',
      address: '127.0.0.1',
      port: 81,
      protocol: 'HTTP',
      proxyProtocolFrom: [],
      listeners: [{ ...listener, name: 'shop/edge/team/extra/http' }],
    } as const;
    const failure = new ListenError('taken', { message: 'port 81 is in use', hint: 'end the other program' });
    expect(statusesWithPorts(statuses, [{ port, failure }])).toMatchObject({
      'Gateway/shop/edge': { conditions: [{ status: 'True' }], listeners: [{ conditions: [{ status: 'True' }] }] },
      'ListenerSet/team/extra': {
        conditions: [{ status: 'False', reason: 'Pending' }],
        listeners: [{ conditions: [{ status: 'False', message: 'port 81 is in use' }] }],
      },
      'ListenerSet/team/other': { conditions: [{ status: 'True' }] },
    });
  });
});
