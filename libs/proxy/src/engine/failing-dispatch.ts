// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Dispatch, Exchange, FaultCode, ResponseHandler, UpstreamCall } from '@weir/base';
import { faultedCall } from '@weir/resilience';

/** A call that fails without having been made. */
export function failedCall(handler: ResponseHandler, code: FaultCode, detail: string): UpstreamCall {
  return faultedCall(handler, new Fault(code, detail));
}

/** A dispatch that always fails. */
export function failingDispatch(code: FaultCode, detail: string): Dispatch {
  return (_exchange: Exchange, handler: ResponseHandler) => failedCall(handler, code, detail);
}
