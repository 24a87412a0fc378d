// SPDX-License-Identifier: Apache-2.0
import {
  readAccessLog,
  readCollector,
  readDuration,
  readImage,
  readPullPolicy,
  readRatio,
  readResources,
} from '../parameters/parameter-readers.ts';
import type { ContainerResources } from '../parameters/parameter-readers.ts';
import { createParametersReader } from '../parameters/read-parameters.ts';

/** How sidecars are run in a cluster, as far as somebody has said it; annotations of a Pod go before it. */
export interface SidecarParameters {
  readonly image?: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  readonly resources?: ContainerResources;
  readonly otlpEndpoint?: string;
  /** Share of requests without a trace that begin one. */
  readonly traceRatio?: number;
  readonly accessLog?: 'human' | 'json' | 'off';
  readonly drainDeadlineMs?: number;
}

/** Reads the data of a ConfigMap. Of what is wrong nothing holds, and the caller is to refuse the rest as well. */
export const parseSidecarParameters = createParametersReader<SidecarParameters>(
  {
    image: readImage,
    imagePullPolicy: readPullPolicy,
    resources: readResources,
    otlpEndpoint: readCollector,
    traceRatio: readRatio,
    accessLog: readAccessLog,
    drainDeadlineMs: readDuration,
  },
  'a sidecar',
);
