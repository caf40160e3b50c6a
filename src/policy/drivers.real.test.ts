import { describe } from 'vitest';
import { opaMissing } from '../../test/servers/opa.ts';
import { findTool } from '../../test/servers/tools.ts';
import { createOpaBinaryEngine } from './drivers/opa-binary.ts';
import { driverSuite } from './drivers/driver-suite.ts';
import { createPolicyEngine } from './engine.ts';

const missing = opaMissing();

describe.skipIf(missing !== undefined)(`every driver${missing === undefined ? '' : `: ${missing}`}`, () => {
  driverSuite('our engine', () => createPolicyEngine());
  driverSuite('opa eval', () => createOpaBinaryEngine({ program: findTool('opa') ?? '' }));
});
