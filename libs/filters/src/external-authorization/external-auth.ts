// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault } from '@weir/base';
import type { Exchange, Filter, Verdict } from '@weir/base';
import type { ExternalAuthSpec } from '@weir/policy/snapshot';
import type { FilterContext } from '../filter-context.ts';
import { applyAnswerMutations } from './answer-mutations.ts';
import { createExternalAuthorizer } from './external-authorizer.ts';
import type { ExternalAuthorizer } from './external-authorizer.ts';

/** The filter ExternalAuth of HTTPRoutes (GEP-1494): fails closed, whatever is wrong. */
export function compileExternalAuth({ authorization }: ExternalAuthSpec, context: FilterContext): Filter {
  const { backend, label } = authorization;
  if (backend === undefined) {
    return { onRequest: () => refuse('backend_invalid', `ExternalAuth: Service ${label} cannot be used`) };
  }
  const authorizer = createExternalAuthorizer('ExternalAuth', authorization, context);
  return {
    onRequest: exchange => ask(authorizer, exchange),
    onResponse: (exchange, { headers }) => applyAnswerMutations(exchange, headers),
  };
}

function ask(authorizer: ExternalAuthorizer, exchange: Exchange): Promise<Verdict> {
  return authorizer.authorize(exchange).then(outcome => {
    switch (outcome.kind) {
      case 'admitted':
        return CONTINUE;
      case 'denied':
        noteDenial(exchange, `ExternalAuth: ${outcome.detail}`);
        return outcome.reply;
      case 'unavailable':
        return refuse('policy_unavailable', `ExternalAuth: ${outcome.detail}`);
    }
  });
}

/** The caller gets what the service says; log and metrics count it as every other refusal. */
export function noteDenial(exchange: Exchange, detail: string): void {
  exchange.fault = 'access_denied';
  exchange.faultDetail = detail;
}

function refuse(code: 'backend_invalid' | 'policy_unavailable', detail: string): never {
  throw new Fault(code, detail);
}
