// SPDX-License-Identifier: Apache-2.0
// The polyfill comes first: the library's modules ask for it as they load.
import 'reflect-metadata';
import { PemConverter, SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { readFile, rename, writeFile } from 'node:fs/promises';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const VALID_DAYS = 90;
const NAMES = ['localhost', 'shop.localhost', 'stock.localhost'];

/**
 * Sees to it that `path` holds a Secret with a certificate for localhost, self-signed: browsers warn, as they should.
 * One that is there is kept while it has a day left, and all names. The key never leaves this machine, so only its owner may read the file.
 */
export async function ensureCertificate(path: string): Promise<void> {
  if (await isStillGood(path)) return;
  const draft = `${path}.tmp`;
  await writeFile(draft, `${JSON.stringify(await createSecret(), undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

async function isStillGood(path: string): Promise<boolean> {
  try {
    const secret = JSON.parse(await readFile(path, 'utf8')) as { data: Record<string, string> };
    const certificate = new X509Certificate(Buffer.from(secret.data['tls.crt'] ?? '', 'base64').toString());
    const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? [];
    return certificate.notAfter.getTime() > Date.now() + DAY_MS && NAMES.every(name => names.includes(name));
  } catch {
    return false;
  }
}

async function createSecret(): Promise<unknown> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost, O=Riverside example shop',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + VALID_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new SubjectAlternativeNameExtension([
        ...NAMES.map(value => ({ type: 'dns' as const, value })),
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'edge-certificate', namespace: 'shop' },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificate.toString('pem')), 'tls.key': base64(key) },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
