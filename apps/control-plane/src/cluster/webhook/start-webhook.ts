// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { reasonWords } from '@weir/base';
import { admitPod, holdPod } from '@weir/kubernetes';
import type { HoldingRollout, InjectionSettings } from '@weir/kubernetes';
import { StartError } from '../../control-plane-options.ts';
import type { SocketPlace } from '../../start-options.ts';
import { AnswersUnderWay } from './answers-under-way.ts';
import { BodyReader } from './body-reader.ts';
import { validateWithAdvice } from './validate-with-advice.ts';
import type { FindDeployment } from './validate-with-advice.ts';
import { openWebhookCertificate } from './webhook-certificate.ts';
import type { WebhookCertificateOptions } from './webhook-certificate.ts';
import { createWebhookHandler } from './webhook-handler.ts';
import type { Admit } from './webhook-handler.ts';

export interface WebhookOptions extends WebhookCertificateOptions {
  readonly at: SocketPlace;
  /** As they are now. */
  readonly settings: () => InjectionSettings;
  /** Labels of a Namespace as they are now, whose Pods are asked about; rejects where they cannot be known. */
  readonly namespaceLabels: (name: string) => Promise<Readonly<Record<string, string>>>;
  readonly findDeployment: FindDeployment;
  /** Rollouts of Deployments of a Namespace as they are now; rejects where they cannot be known. */
  readonly rolloutsOf: (namespace: string) => Promise<readonly HoldingRollout[]>;
}

export interface RunningWebhook {
  readonly at: SocketPlace;
  /** Roots for the webhook configurations; another text when the authority has a new one. */
  caPem(): string;
  /** Answers what is under way, and takes nothing new. */
  stop(): Promise<void>;
}

/** API servers give up after 30 s at most. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than API servers keep an idle connection (90 s): else one could end as they begin to use it.
  keepAliveTimeout: 120_000,
};
/** Each API server has a few; more than that is no API server. */
const MAX_CONNECTIONS = 1_024;
const MIB = 1024 ** 2;
/** An object and what it was before, each as large as an API server lets it be (3 MiB), and JSON around them; of all, what replicas have the memory for. */
const BODY_LIMITS = { maxBytes: 8 * MIB, maxAllBytes: 64 * MIB };

/** Serves the mutating webhooks of Pods at `/inject` and `/hold`, and the validating one of Weir's own kinds at `/validate`. */
export async function startWebhook(options: WebhookOptions): Promise<RunningWebhook> {
  const certificate = await openWebhookCertificate(options);
  const { clock, onNote } = options;
  const webhooks = new Map<string, Admit>([
    ['/inject', injectWith(options)],
    ['/hold', holdWith(options)],
    ['/validate', validateWithAdvice(options.findDeployment)],
  ]);
  const handle = createWebhookHandler({ webhooks, bodies: new BodyReader(BODY_LIMITS), clock, onNote });
  const underWay = new AnswersUnderWay();
  const server = createServer({ ...TIMEOUTS, ...certificate.tlsOptions(), minVersion: 'TLSv1.3' }, (request, response) => {
    underWay.add(response);
    void handle(request, response);
  });
  certificate.onRenewed = () => server.setSecureContext({ ...certificate.tlsOptions(), minVersion: 'TLSv1.3' });
  const at = await listen(server, options.at);
  return {
    at,
    caPem: () => certificate.caPem(),
    stop: async () => {
      certificate.stop();
      await close(server, underWay);
    },
  };
}

function injectWith({ settings, namespaceLabels }: WebhookOptions): Admit {
  return async request => {
    const labels = await namespaceLabels(request.namespace ?? 'default');
    return admitPod(request, { settings: settings(), namespaceLabels: labels });
  };
}

function holdWith({ rolloutsOf }: WebhookOptions): Admit {
  return async request => holdPod(request, await rolloutsOf(request.namespace ?? 'default'));
}

async function listen(server: Server, { address, port }: SocketPlace): Promise<SocketPlace> {
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (reason) {
    throw new StartError(`the webhooks cannot be served: ${reasonWords(reason)}`);
  }
  const bound = server.address() as AddressInfo;
  return { address: bound.address, port: bound.port };
}

/** API servers keep connections, also such as they have not used yet: nobody else would end those. */
async function close(server: Server, underWay: AnswersUnderWay): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await underWay.end();
  server.closeAllConnections();
  await closed;
}
