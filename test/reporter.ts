import type { Reporter, TestModule } from 'vitest/node';

/** Ends every run with the one line that scripts read: `N passed, N failed, N skipped`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that cannot be loaded has no tests that could fail, and must not pass as "nothing wrong".
      if (module.children.size === 0 || module.errors().length > 0) count.failed++;
      // Nor has a group whose preparation failed: its tests are merely skipped.
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed++;
    }
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
    // After the default reporter's own summary, which is printed in the same tick.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
