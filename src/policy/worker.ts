/** The process in which policies run. It knows nothing but what it is sent, and may be killed at any time. */
import { PolicyCache } from './compiled-policy.ts';
import { machineFailure, PolicyProblem } from './failures.ts';
import { judge } from './judge.ts';
import type { WorkerAnswer, WorkerRequest } from './protocol.ts';

const policies = new PolicyCache();

function answerTo(request: WorkerRequest): WorkerAnswer {
  const { id, name } = request;
  try {
    const policy = policies.get(request.source, name);
    if (request.kind === 'check') return { kind: 'contract', id, contract: policy.contract };
    return { kind: 'verdict', id, verdict: judge(policy, name, request.report, request.timeMs) };
  } catch (error) {
    return {
      kind: 'failure',
      id,
      failure: error instanceof PolicyProblem ? error.failure : machineFailure(name, error),
    };
  }
}

function send(answer: WorkerAnswer): void {
  process.send?.(answer);
}

// Only the engine starts this file, and speaks only this protocol.
process.on('message', (request: WorkerRequest) => send(answerTo(request)));
process.on('disconnect', () => process.exit(0));
send({ kind: 'ready' });
