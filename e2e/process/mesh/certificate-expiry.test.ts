// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ProcessMesh } from './stage/process-mesh.ts';

let running = new AsyncDisposableStack();

afterEach(async () => {
  await running.disposeAsync();
  running = new AsyncDisposableStack();
});

describe('the certificate of a sidecar whose control plane is away', () => {
  it('is told near its end by readiness, log and metrics, and takes readiness with it', async () => {
    const mesh = running.use(await ProcessMesh.start({ services: ['cart'], flags: ['--leaf-lifetime', '12s'] }));
    const { ask, child } = await mesh.startSidecar({ service: 'cart', application: 9 });
    expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
    const metrics = (await ask('/metrics')).text;
    expect(metrics).toMatch(
      /^weir_certificate_expiry_timestamp_seconds\{kind="leaf",name="spiffe:\/\/weir\.local\/ns\/shop\/sa\/cart"\} \d{10}$/mv,
    );
    expect(metrics).toMatch(
      /^weir_certificate_expiry_timestamp_seconds\{kind="root",name="(?:[0-9A-F]{2}:){31}[0-9A-F]{2}"\} /mv,
    );
    await mesh.controlPlane.stop();

    const warned = await waitFor(
      async () => {
        const answer = await ask('/readyz');
        return answer.text !== 'ok\n' && answer;
      },
      { what: 'a warning', timeoutMs: 20_000 },
    );
    expect(warned.status).toBe(200);
    expect(warned.text).toMatch(/^ok\nwarning: the certificate expires in \d+s, at .*Z, and is not renewed: .+\n$/v);
    await child.sees(/^the certificate expires in .*, and is not renewed/mv);

    const refused = await waitFor(
      async () => {
        const answer = await ask('/readyz');
        return answer.status !== 200 && answer;
      },
      { what: 'not to be ready', timeoutMs: 20_000 },
    );
    expect(refused.status).toBe(503);
    expect(refused.text).toMatch(/^the certificate expired at .*Z, and others refuse it: .+\n$/v);
    await child.sees(/^the certificate expired at /mv);
  });
});
