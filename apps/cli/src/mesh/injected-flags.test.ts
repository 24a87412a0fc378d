// SPDX-License-Identifier: Apache-2.0
import { anyAddress } from '@weir/base';
import { injectPod, SIDECAR } from '@weir/kubernetes';
import { INTERCEPTION_DEFAULTS, parseAppProbes } from '@weir/proxy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../program.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { createPaint } from '../terminal/paint.ts';

interface InjectedContainer {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

const POD = {
  metadata: {
    annotations: {
      'weir.dev/exclude-inbound-ports': '22, 8000-8100',
      'weir.dev/exclude-outbound-ports': '3306',
      'weir.dev/exclude-outbound-cidrs': '169.254.169.254,2001:db8::/32',
      'weir.dev/exclude-user-ids': '0,1000-1999',
      'weir.dev/access-log': 'off',
      'weir.dev/trace-ratio': '0.5',
      'weir.dev/drain-deadline': '1m30s',
    },
  },
  spec: {
    containers: [
      {
        name: 'app',
        ports: [{ name: 'http', containerPort: 8080 }],
        livenessProbe: { httpGet: { port: 'http', path: '/healthz' }, timeoutSeconds: 2 },
        readinessProbe: { grpc: { port: 9000, service: '' } },
        startupProbe: { tcpSocket: { port: 8080 } },
      },
    ],
  },
};

const SETTINGS = {
  image: 'weir:1',
  controlPlane: 'weir-control-plane.weir-system.svc:15010',
  trustDomain: 'weir.local',
  resources: { requests: {}, limits: {} },
  otlpEndpoint: 'http://collector:4318',
};

function injected(): readonly InjectedContainer[] {
  const injection = injectPod(POD, { settings: SETTINGS, namespaceLabels: { 'weir.dev/inject': 'enabled' } });
  if (injection.kind !== 'patched') throw new Error(injection.reason);
  return (injection.pod as { readonly spec: { readonly initContainers: readonly InjectedContainer[] } }).spec.initContainers;
}

/** Options as the command reads them; nothing is started. */
async function optionsOf({ args }: InjectedContainer): Promise<Readonly<Record<string, unknown>>> {
  const output = {
    ...{ write: () => undefined, isTerminal: false, isColour: false, paint: createPaint(false) },
    size: () => ({ columns: 80, rows: 24 }),
  };
  const terminal: Terminal = { out: output, err: output, environment: {} };
  const program = createProgram(terminal);
  // As the kubelet puts them in.
  const values: Readonly<Record<string, string>> = {
    WEIR_POD_NAME: 'cart-5d8f7c9b6-x2x7q',
    WEIR_POD_NAMESPACE: 'shop',
    WEIR_SERVICE_ACCOUNT: 'cart',
    WEIR_POD_IPS: '10.0.0.7,fd00::7',
  };
  const written = args.map(arg => arg.replaceAll(/\$\((\w+)\)/g, (_, name: string) => values[name] ?? ''));
  const command = program.commands.find(one => one.name() === args[0]);
  command?.action(() => undefined);
  await program.parseAsync(written, { from: 'user' });
  return command?.opts() ?? {};
}

const longService = fc.record({ grpc: fc.record({ port: fc.constant(80), service: fc.string({ maxLength: 600 }) }) });

describe('what is put into a Pod', () => {
  const [intercept, sidecar] = injected() as [InjectedContainer, InjectedContainer];

  it('is a command line that `weir intercept` takes', async () => {
    expect(await optionsOf(intercept)).toMatchObject({
      ...INTERCEPTION_DEFAULTS,
      excludeInboundPorts: [
        { first: 22, last: 22 },
        { first: 8000, last: 8100 },
      ],
      excludeOutboundPorts: [{ first: 3306, last: 3306 }],
      excludeOutboundCidrs: [{ prefixBits: 32 }, { prefixBits: 32 }],
      excludeUserIds: [
        { first: 0, last: 0 },
        { first: 1000, last: 1999 },
      ],
    });
  });

  it('is one that `weir sidecar` takes', async () => {
    expect(await optionsOf(sidecar)).toMatchObject({
      identity: 'shop/cart',
      capture: ['10.0.0.7', 'fd00::7'],
      controlPlane: { address: 'weir-control-plane.weir-system.svc', port: 15_010 },
      probeAddress: { address: anyAddress(), port: INTERCEPTION_DEFAULTS.probePort },
      metricsAddress: { address: anyAddress(), port: INTERCEPTION_DEFAULTS.metricsPort },
      accessLog: 'off',
      traceRatio: 0.5,
      drainDelay: 0,
      drainDeadline: 90_000,
    });
  });

  it('has probes that the sidecar can ask', () => {
    const text = sidecar.env?.find(({ name }) => name === 'WEIR_PROBES')?.value ?? '';
    expect([...parseAppProbes(text).keys()]).toEqual([
      '/app-health/app/livez',
      '/app-health/app/readyz',
      '/app-health/app/startupz',
    ]);
  });

  it('has none that the sidecar cannot ask: such a Pod is refused with words', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    const probe = fc.record({
      httpGet: fc.record({
        ...{ port: fc.constant(80), path: fc.oneof(text, fc.constant('x'.repeat(5000))), host: text },
        httpHeaders: fc.array(fc.record({ name: fc.constantFrom('x-one', 'Connection'), value: text }), { maxLength: 66 }),
      }),
      timeoutSeconds: fc.integer({ min: 1, max: 5000 }),
    });
    fc.assert(
      fc.property(fc.oneof(probe, longService), livenessProbe => {
        const pod = { spec: { containers: [{ name: 'app', livenessProbe }] } };
        const injection = injectPod(pod, { settings: SETTINGS, namespaceLabels: { 'weir.dev/inject': 'enabled' } });
        if (injection.kind === 'refused') return;
        if (injection.kind === 'unchanged') throw new Error(injection.reason);
        const [, injectedSidecar] = (injection.pod as { spec: { initContainers: readonly InjectedContainer[] } }).spec
          .initContainers;
        const probes = injectedSidecar?.env?.find(({ name }) => name === 'WEIR_PROBES')?.value ?? '';
        expect(parseAppProbes(probes.replaceAll('$$(', '$(')).size).toBe(1);
      }),
    );
  });

  it('has the ports and the user of interception', () => {
    expect(SIDECAR).toMatchObject(INTERCEPTION_DEFAULTS);
  });
});
