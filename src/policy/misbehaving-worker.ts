/** A worker for tests that does what its "policy" says, as no policy could: the limits must hold for that as well. */
import type { WorkerAnswer, WorkerRequest } from './protocol.ts';

const kept: unknown[] = [];

const deeds: Readonly<Record<string, () => void>> = {
  /** Memory outside of V8's heap. */
  buffers() {
    for (;;) kept.push(Buffer.alloc(8 * 1024 * 1024, 1));
  },
  /** Memory in V8's heap. */
  objects() {
    for (;;) kept.push({ a: kept.length, b: [kept.length] });
  },
  /** One allocation that is too large for V8. */
  text() {
    let text = 'x'.repeat(1 << 20);
    for (;;) {
      text += text;
      kept.push(Buffer.from(text));
    }
  },
  /** Never looks at the clock. */
  spin() {
    for (;;);
  },
  exit() {
    process.exit(3);
  },
  abort() {
    process.abort();
  },
  identity: () => tell(String(process.pid)),
  network: () => attempt(async () => (await fetch('http://127.0.0.1:8099/')).text()),
  environment: () => attempt(() => Promise.resolve(JSON.stringify(Reflect.get(process, 'env')))),
  files: () => attempt(async () => (await import('node:fs')).readFileSync('/etc/hostname', 'utf8')),
  programs: () =>
    attempt(async () => (await import('node:child_process')).execFileSync('/bin/echo', { encoding: 'utf8' })),
};

let current = 0;

function attempt(deed: () => Promise<string>): void {
  const say = (error: unknown): void => tell(String(error instanceof Error ? (error.cause ?? error) : error));
  deed().then(tell, say);
}

function tell(message: string): void {
  const answer: WorkerAnswer = { kind: 'failure', id: current, failure: { code: 'Internal', message } };
  process.send?.(answer);
}

process.on('message', (request: WorkerRequest) => {
  current = request.id;
  const deed = deeds[request.source];
  if (deed) deed();
  else process.send?.({ kind: 'contract', id: request.id, contract: 'deny' });
});
process.send?.({ kind: 'ready' });
