// SPDX-License-Identifier: Apache-2.0
import { request } from '@weir/testing';

/** What sidecars have received so far for a Service, `NAMESPACE/NAME`: requests, and connections that are carried whole. */
export async function received(metricsPort: number, service: string): Promise<number> {
  const page = await request({ port: metricsPort }, '/metrics');
  const lines = page.text.split('\n').filter(line => /^weir_(?:http_requests|streams)_total\{/v.test(line));
  const own = lines.filter(line => line.includes(`listener="inbound/${service}/`));
  return own.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
