// SPDX-License-Identifier: Apache-2.0
import type { Fault, ResponseHandler, UpstreamCall } from '@weir/base';

/** A call that fails without having been made; the fault comes after the caller has returned, as of any other call. */
export function faultedCall(handler: ResponseHandler, fault: Fault): UpstreamCall {
  let isCancelled = false;
  queueMicrotask(() => {
    if (!isCancelled) handler.onFault(fault);
  });
  return { resume: () => undefined, cancel: () => void (isCancelled = true) };
}
