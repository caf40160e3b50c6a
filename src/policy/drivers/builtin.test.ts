import { createPolicyEngine } from '../engine.ts';
import { driverSuite } from './driver-suite.ts';

driverSuite('our engine', () => createPolicyEngine());
