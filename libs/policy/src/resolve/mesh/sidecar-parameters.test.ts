// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseSidecarParameters } from './sidecar-parameters.ts';

describe('parameters of sidecars', () => {
  it('are read by their names in kebab-case', () => {
    const resources = '{"requests":{"cpu":0.5,"memory":"96Mi"},"limits":{"memory":"256Mi"}}';
    const data = {
      ...{ image: 'registry.example/weir:1', 'image-pull-policy': 'Always', resources, 'access-log': 'off\n' },
      ...{ 'otlp-endpoint': 'http://collector:4318', 'trace-ratio': '0.05', 'drain-deadline': '1m30s' },
    };
    expect(parseSidecarParameters(data)).toEqual({
      parameters: {
        image: 'registry.example/weir:1',
        imagePullPolicy: 'Always',
        resources: { requests: { cpu: '0.5', memory: '96Mi' }, limits: { memory: '256Mi' } },
        accessLog: 'off',
        otlpEndpoint: 'http://collector:4318',
        traceRatio: 0.05,
        drainDeadlineMs: 90_000,
      },
      faults: [],
    });
  });

  it('are nothing where nothing is written', () => {
    expect(parseSidecarParameters({})).toEqual({ parameters: {}, faults: [] });
  });

  it.each([
    ['drain-deadlin', '1s', 'has key `drain-deadlin`, which says nothing of a sidecar', 'did you mean `drain-deadline`?'],
    ['trace-ratio', '1.5', 'has trace-ratio `1.5`', 'write a share from 0 to 1, such as 0.01'],
    ['trace-ratio', '1e-5', 'has trace-ratio `1e-5`', 'write a share from 0 to 1, such as 0.01'],
    ['access-log', 'xml', 'has access-log `xml`', 'write json or human or off'],
    ['drain-deadline', '48h', 'has drain-deadline `48h`', 'write a duration of at most a day, such as 30s'],
    [
      'otlp-endpoint',
      'collector:4318',
      'has otlp-endpoint `collector:4318`',
      'write a URL, such as http://collector.monitoring:4318',
    ],
  ])('say of %s: %s what is wrong', (key, text, message, hint) => {
    expect(parseSidecarParameters({ [key]: text })).toEqual({ parameters: {}, faults: [{ key, message, hint }] });
  });
});
