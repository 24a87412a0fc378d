// SPDX-License-Identifier: Apache-2.0
import { envoy } from './envoy.ts';
import { haproxy } from './haproxy.ts';
import { httpProxy } from './http-proxy.ts';
import { nginx } from './nginx.ts';
import type { Peer } from './peer.ts';
import { weir } from './weir.ts';

/** In the order of the table. */
export const PEERS: readonly Peer[] = [weir, nginx, haproxy, envoy, httpProxy];
