// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Dispatch, Exchange, FaultCode, ResponseHandler, UpstreamCall } from '@weir/base';

/** A call that fails without having been made; the fault comes after the caller has returned, as of any other call. */
export function faultedCall(handler: ResponseHandler, fault: Fault): UpstreamCall {
  let isCancelled = false;
  queueMicrotask(() => {
    if (!isCancelled) handler.onFault(fault);
  });
  return { resume: () => undefined, cancel: () => void (isCancelled = true) };
}

/** As faultedCall, with a fault of its own. */
export function failedCall(handler: ResponseHandler, code: FaultCode, detail: string): UpstreamCall {
  return faultedCall(handler, new Fault(code, detail));
}

/** A dispatch that always fails. */
export function failingDispatch(code: FaultCode, detail: string): Dispatch {
  return (_exchange: Exchange, handler: ResponseHandler) => failedCall(handler, code, detail);
}
