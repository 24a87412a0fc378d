// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireCommand } from '../processes/find-command.ts';
import type { TlsFiles } from './peer.ts';

/** A self-signed ECDSA P-256 certificate, as most edges serve today. */
export function makeTlsFiles(directory: string, hostname = 'localhost'): TlsFiles {
  const certificateFile = join(directory, 'certificate.pem');
  const keyFile = join(directory, 'key.pem');
  const combinedFile = join(directory, 'combined.pem');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  const names = ['-subj', `/CN=${hostname}`, '-addext', `subjectAltName=DNS:${hostname},IP:127.0.0.1`];
  execFileSync(requireCommand('openssl'), ['req', '-x509', '-days', '7', ...key, ...names, '-out', certificateFile], {
    stdio: 'pipe',
  });
  writeFileSync(combinedFile, readFileSync(certificateFile, 'utf8') + readFileSync(keyFile, 'utf8'));
  return { certificateFile, keyFile, combinedFile };
}
