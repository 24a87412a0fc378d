// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Clock } from '@weir/base';
import type { GrpcAuthorizationService } from '@weir/policy/snapshot';
import { authorityOfLabel } from '../service-call/authority-of-label.ts';
import type { AskService } from './decision.ts';
import { frameMessage, messageOf } from './grpc-frame.ts';
import type { SendQuestion } from './send-question.ts';

export interface GrpcServiceOptions {
  readonly service: GrpcAuthorizationService;
  /** `namespace/service:port`. */
  readonly label: string;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly send: SendQuestion;
}

const CHECK_PATH = '/envoy.service.auth.v3.Authorization/Check';

/** Asks by envoy.service.auth.v3.Authorization/Check. */
export function createGrpcService({ service, label, clock, send }: GrpcServiceOptions): AskService {
  const authority = authorityOfLabel(label);
  return async question => {
    // Loaded here, so that a worker that asks nobody by gRPC never has it.
    const [{ encodeQuestion }, { decodeAnswer }] = await Promise.all([
      import('./check-request.ts'),
      import('./check-response.ts'),
    ]);
    const message = encodeQuestion(question, { headersToService: service.headersToService, wallMs: clock.wallMs() });
    const answer = await send(question.exchange, {
      method: 'POST',
      path: CHECK_PATH,
      query: undefined,
      authority,
      headers: HeaderList.of(['content-type', 'application/grpc'], ['te', 'trailers'], ['user-agent', 'weir']),
      body: frameMessage(message),
    });
    return decodeAnswer(messageOf(answer));
  };
}
