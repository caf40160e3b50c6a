import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Kills what this process leaves behind, whatever way it ends. A test worker that is killed runs
 * no exit handler, so a small shell watches over its servers: it reads lines `+pid` and `-pid` from
 * a pipe, and the end of the pipe is the end of this process.
 */
const script = `
pids=" "
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) pids=$(printf %s "$pids" | sed "s/ $pid / /") ;;
  esac
done
for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
`;

let shell: ChildProcess | undefined;

/** From now on `pid` is killed when this process ends; the answer takes that back. */
export function reap(pid: number): () => void {
  shell ??= startShell();
  shell.stdin?.write(`+ ${pid}\n`);
  return () => shell?.stdin?.write(`- ${pid}\n`);
}

function startShell(): ChildProcess {
  // Of its own process group: Ctrl-C reaches the whole group of the test run, and must not reach this.
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.stdin.on('error', () => {});
  child.unref();
  // The pipe must not keep the event loop alive either.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return child;
}
