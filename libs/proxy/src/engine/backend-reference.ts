// SPDX-License-Identifier: Apache-2.0
import type { Dispatch } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import { failedCall } from './failing-dispatch.ts';
import type { RunningBackend } from './running-backend.ts';

/** The name of a backend, bound to what it stands for now: rules keep their reference while endpoints come and go. */
export class BackendReference {
  readonly name: ResourceName;
  current: RunningBackend | undefined;

  constructor(name: ResourceName) {
    this.name = name;
  }

  readonly dispatch: Dispatch = (exchange, handler) => {
    if (this.current !== undefined) return this.current.dispatch(exchange, handler);
    return failedCall(handler, 'backend_invalid', `backend ${this.name} is not known`);
  };
}
