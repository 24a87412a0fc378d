// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CapturedMesh, serviceNumber } from './stage/captured-mesh.ts';
import type { LogLine } from './stage/captured-mesh.ts';
import { serviceAddresses } from './stage/mesh-documents.ts';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

const FAMILIES = ['ipv4', 'ipv6'] as const;
type Family = (typeof FAMILIES)[number];
/** Of whom the calls of a test are. */
const SERVED = ['server', 'vault'] as const;

let mesh: CapturedMesh;

/** Address of a host's Service. */
function serviceOf(name: Parameters<typeof serviceNumber>[0], family: Family = 'ipv4'): string {
  return serviceAddresses({ number: serviceNumber(name) })[family];
}

function ownAddress(name: Parameters<CapturedMesh['host']>[0], family: Family = 'ipv4'): string {
  const { address, address6 } = mesh.host(name);
  return family === 'ipv4' ? address : address6;
}

function url(address: string, port: number, scheme = 'http'): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}/`;
}

/** A line of a sidecar's log that has what is wanted. */
function line(name: Parameters<CapturedMesh['logOf']>[0], wanted: LogLine): Promise<LogLine> {
  const fits = (one: LogLine): boolean => Object.entries(wanted).every(([key, value]) => one[key] === value);
  return waitFor(() => mesh.logOf(name).find(fits), { what: () => JSON.stringify([wanted, mesh.logOf(name).slice(-3)]) });
}

describe.skipIf(reason !== undefined)(`a mesh that its applications know nothing of${note}`, () => {
  beforeAll(async () => {
    mesh = await CapturedMesh.open();
  });

  afterAll(() => mesh[Symbol.asyncDispose]());

  describe.each(SERVED)('between workloads (%s)', name => {
    it.each(FAMILIES)('HTTP goes to the Service at the address, over mutual TLS (%s)', async family => {
      expect(await mesh.curl('client', url(serviceOf(name, family), 80))).toMatch(/ HTTP\/1\.1$/);
      const source = { source_identity: 'shop/client', listener: `inbound/shop/${name}/80`, protocol: 'HTTP/1.1', status: 200 };
      await line(name, source);
      await line('client', { listener: `mesh/shop/${name}/80`, protocol: 'HTTP/1.1', status: 200 });
    });

    it.each(FAMILIES)('undeclared HTTP/1 is found out (%s)', async family => {
      expect(await mesh.curl('client', url(serviceOf(name, family), 8080))).toMatch(/ HTTP\/1\.1$/);
      await line(name, { source_identity: 'shop/client', listener: `inbound/shop/${name}/8080`, protocol: 'HTTP/1.1' });
    });

    it.each(FAMILIES)('undeclared HTTP/2 is found out, and stays that (%s)', async family => {
      const answer = await mesh.curl('client', url(serviceOf(name, family), 8082), '--http2-prior-knowledge');
      expect(answer).toMatch(/ HTTP\/2\.0$/);
      await line(name, { source_identity: 'shop/client', listener: `inbound/shop/${name}/8082`, protocol: 'HTTP/2' });
    });

    it.each(FAMILIES)('a server that speaks first is heard (%s)', async family => {
      expect(await mesh.hear('client', { address: serviceOf(name, family), port: 9000 })).toMatch(/^220 hello/);
      await line(name, { source_identity: 'shop/client', listener: `inbound/shop/${name}/9000`, protocol: 'TCP' });
    });

    it.each(FAMILIES)('TLS of the applications goes whole, inside that of the mesh (%s)', async family => {
      const at = ['--resolve', `own.example:9443:${serviceOf(name, family)}`];
      expect(await mesh.curl('client', 'https://own.example:9443/', ...at)).toBe('of its own');
      await line('client', { server_name: 'own.example', listener: `mesh/shop/${name}/9443` });
      await line(name, { source_identity: 'shop/client', listener: `inbound/shop/${name}/9443` });
    });
  });

  describe('from outside', () => {
    it.each([
      ['server', 80, / HTTP\/1\.1$/],
      ['vault', 80, /^$/],
    ] as const)('HTTP in plaintext is taken in permissive mode alone (%s)', async (name, _port, expected) => {
      expect(await mesh.curl('outsider', url(ownAddress(name), 8080))).toMatch(expected);
      if (name === 'vault') await line(name, { fault: 'plaintext_refused', client: ownAddress('outsider') });
    });

    it.each([
      ['server', /^220 hello/],
      ['vault', /^$/],
    ] as const)('a server that speaks first is heard in permissive mode alone (%s)', async (name, expected) => {
      expect(await mesh.hear('outsider', { address: ownAddress(name), port: 9000 })).toMatch(expected);
    });

    it.each([
      ['server', 'of its own'],
      ['vault', ''],
    ] as const)('TLS of the applications is taken in permissive mode alone (%s)', async (name, expected) => {
      expect(await mesh.curl('outsider', url(ownAddress(name), 9443, 'https'))).toBe(expected);
      if (name === 'vault') await line(name, { fault: 'peer_refused', client: ownAddress('outsider') });
    });

    it.each(['client', 'outsider'] as const)('who dials the ports of a sidecar is refused (%s)', async from => {
      for (const port of [15_001, 15_006]) expect(await mesh.curl(from, url(ownAddress('server'), port))).toBe('');
    });
  });

  describe('a workload that is dialled itself', () => {
    it.each(SERVED)('is called by its identity, and applies its rules (%s)', async name => {
      expect(await mesh.curl('client', url(ownAddress(name), 8080))).toMatch(/ HTTP\/1\.1$/);
      await line('client', { backend: `shop/${name}`, endpoint: `${ownAddress(name)}:8080` });
    });

    it('hears a server that speaks first', async () => {
      expect(await mesh.hear('client', { address: ownAddress('vault'), port: 9000 })).toMatch(/^220 hello/);
      await line('client', { backend: 'shop/vault', endpoint: `${ownAddress('vault')}:9000` });
    });
  });

  describe('outside of the mesh', () => {
    it.each(FAMILIES)('anybody is called where that is allowed (%s)', async family => {
      expect(await mesh.curl('client', url(ownAddress('outsider', family), 8080))).toBe(
        `${ownAddress('client', family)} HTTP/1.1`,
      );
      await line('client', { backend: 'outside', protocol: 'TCP' });
    });

    it.each(FAMILIES)('nobody is called where destinations are registered (%s)', async family => {
      expect(await mesh.curl('guarded', url(ownAddress('outsider', family), 8080))).toBe('');
      await line('guarded', { fault: 'destination_refused' });
      expect(await mesh.curl('guarded', url(serviceOf('server', family), 80))).toMatch(/ HTTP\/1\.1$/);
    });

    it('nobody is called at a port that a Service does not have', async () => {
      expect(await mesh.curl('client', url(serviceOf('server'), 99))).toBe('');
      await line('client', { fault: 'destination_refused', fault_detail: 'mesh/shop/server has no port 99' });
    });
  });

  it.each(FAMILIES)('a workload that calls its own Service comes in by its own front door (%s)', async family => {
    expect(await mesh.curl('client', url(serviceOf('client', family), 80))).toMatch(/ HTTP\/1\.1$/);
    await line('client', { source_identity: 'shop/client', listener: 'inbound/shop/client/80', status: 200 });
  });
});
