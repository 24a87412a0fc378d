// SPDX-License-Identifier: Apache-2.0
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

type Failing = TestCase | TestSuite | TestModule;
type Failure = Pick<Error, 'message'> & { readonly cause?: unknown };

/**
 * A Vitest reporter: says what failed when it fails, a paragraph each. What others print at the end of a run alone is never said of a
 * run whose budget ends before.
 */
export class FailureReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    tell(test, test.result().errors ?? []);
  }

  onTestSuiteResult(suite: TestSuite): void {
    tell(suite, suite.errors());
  }

  onTestModuleEnd(module: TestModule): void {
    tell(module, module.errors());
  }
}

function tell(failing: Failing, errors: readonly Failure[]): void {
  for (const error of errors) {
    process.stdout.write(`\nFAILED ${nameOf(failing)}\n    ${messageOf(error).replaceAll('\n', '\n    ')}\n`);
  }
}

function nameOf(failing: Failing): string {
  if (failing.type === 'module') return failing.relativeModuleId;
  return `${failing.module.relativeModuleId} > ${failing.fullName}`;
}

function messageOf({ message, cause }: Failure): string {
  return isFailure(cause) ? `${message}\ncaused by ${messageOf(cause)}` : message;
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}

// Vitest loads a reporter from a path by its default export.
export { FailureReporter as default };
