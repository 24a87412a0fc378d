// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { PROXY_CORE, startChild } from '../processes/child.ts';
import type { Peer } from './peer.ts';

const PROCESS_FILE = join(import.meta.dirname, 'http-proxy-process.ts');

/** The npm package of that name: what a Node team would otherwise use. It has no routes; it only forwards and logs. */
export const httpProxy: Peer = {
  name: 'http-proxy',
  findMissing: () => undefined,
  start({ directory, listenPort, backendPort, tls }) {
    const certificate = tls === undefined ? [] : [tls.certificateFile, tls.keyFile];
    return startChild({
      command: process.execPath,
      args: ['--no-deprecation', PROCESS_FILE, String(listenPort), String(backendPort), ...certificate],
      core: PROXY_CORE,
      logFile: join(directory, 'http-proxy.log'),
    });
  },
};
